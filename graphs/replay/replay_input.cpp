#include "graphs/replay/replay_input.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace imagemill {
namespace {

using RunVisit = imagemill::Visit;

double seconds(std::int64_t ns) { return static_cast<double>(ns) * 1e-9; }

// Number of busy workers at every instant.
class BusyWorkers {
 public:
  BusyWorkers(std::span<const StageProfile> stages, std::span<const RunVisit> visits) {
    std::vector<std::pair<std::int64_t, int>> edges;
    for (const RunVisit& visit : visits) {
      if (!stages[visit.node].on_workers) continue;
      if (visit.kind != RunVisit::Kind::work && visit.kind != RunVisit::Kind::piece) continue;
      edges.emplace_back(visit.start_ns, 1);
      edges.emplace_back(visit.end_ns, -1);
    }
    std::sort(edges.begin(), edges.end());
    Step now;
    for (const auto& [at, change] : edges) {
      now.before += static_cast<double>(now.busy) * static_cast<double>(at - now.at);
      now.at = at;
      now.busy += change;
      steps_.push_back(now);
    }
  }

  int at(std::int64_t ns) const { return step(ns).busy; }
  // True if at least `busy` workers were busy at some time in [from, to).
  bool reached(int busy, std::int64_t from, std::int64_t to) const {
    for (auto step = next_step(from); step != steps_.end() && step->at < to; ++step) {
      if (step->busy >= busy) return true;
    }
    return at(from) >= busy;
  }
  double mean(std::int64_t from, std::int64_t to) const {
    if (to <= from) return at(from);
    return (until(to) - until(from)) / static_cast<double>(to - from);
  }

 private:
  struct Step {
    std::int64_t at = 0;
    int busy = 0;       // busy workers from then on
    double before = 0;  // worker-nanoseconds until then
  };

  std::vector<Step>::const_iterator next_step(std::int64_t ns) const {
    return std::upper_bound(steps_.begin(), steps_.end(), ns,
                            [](std::int64_t at, const Step& other) { return at < other.at; });
  }
  Step step(std::int64_t ns) const {
    const auto next = next_step(ns);
    return next == steps_.begin() ? Step() : *std::prev(next);
  }
  double until(std::int64_t ns) const {
    const Step last = step(ns);
    return last.before + static_cast<double>(last.busy) * static_cast<double>(ns - last.at);
  }

  std::vector<Step> steps_;
};

// Key of an execution: item, node and part.
using Execution = std::tuple<std::uint64_t, std::uint16_t, std::uint32_t>;

struct Executed {
  double service_s = 0;
  double busy_workers = 0;
};

// Entries of the source to keep: all, or blocks.
std::vector<bool> kept(std::size_t entries) {
  std::vector<bool> keep(entries, entries <= kRecordedItems);
  if (entries <= kRecordedItems) return keep;
  constexpr std::size_t kBlocks = kRecordedItems / kBlock;
  for (std::size_t block = 0; block < kBlocks; ++block) {
    const std::size_t first = block * (entries - kBlock) / (kBlocks - 1);
    std::fill_n(keep.begin() + static_cast<std::ptrdiff_t>(first), kBlock, true);
  }
  return keep;
}

// True if the visit waited or began in a calibration phase. `solo` is sorted and disjoint.
bool in_phase(const RunVisit& visit, std::span<const SoloPhase> solo) {
  const auto later =
      std::upper_bound(solo.begin(), solo.end(), visit.start_ns,
                       [](std::int64_t at, const SoloPhase& phase) { return at < phase.begin_ns; });
  return later != solo.begin() && visit.ready_ns <= std::prev(later)->end_ns;
}

double wake(const Profile& profile, const BusyWorkers& busy, std::span<const RunVisit> visits,
            std::span<const SoloPhase> solo) {
  std::vector<double> waits;
  for (const RunVisit& visit : visits) {
    const StageProfile& stage = profile.stages[visit.node];
    if (!stage.on_workers || stage.limit > 0 || visit.kind != RunVisit::Kind::work) continue;
    // A task that the same worker goes on with involves no wake-up.
    const bool handed_on = busy.at(visit.ready_ns - 1) > busy.at(visit.ready_ns);
    if (handed_on || in_phase(visit, solo) ||
        busy.reached(profile.workers, visit.ready_ns, visit.start_ns)) {
      continue;
    }
    waits.push_back(seconds(visit.start_ns - visit.ready_ns));
  }
  return waits.empty() ? 0 : median(std::move(waits));
}

// Sets contention from inflation, which was measured at the mean number of busy workers beside an
// execution.
void set_contention(Recording& recording, const Profile& profile, std::span<const RunVisit> visits,
                    const BusyWorkers& busy) {
  std::vector<double> service(recording.stages.size());
  std::vector<double> beside(recording.stages.size());
  for (const RunVisit& visit : visits) {
    if (visit.kind != RunVisit::Kind::work || visit.alone) continue;
    const double took = seconds(visit.end_ns - visit.start_ns);
    service[visit.node] += took;
    beside[visit.node] += took * (busy.mean(visit.start_ns, visit.end_ns) - 1);
  }
  for (std::size_t i = 0; i < recording.stages.size(); ++i) {
    const auto& inflation = profile.stages[i].inflation;
    if (!inflation || service[i] <= 0 || beside[i] <= 0.05 * service[i]) continue;
    const double others = beside[i] / service[i];
    const auto each = [&](double factor) { return (factor - 1) / others; };
    // A negative value is measurement noise: other work makes no execution faster.
    recording.stages[i].contention = {std::max(each(inflation->factor), 0.0), each(inflation->low),
                                      each(inflation->high)};
    recording.stages[i].contention_known = true;
  }
}

void set_stages(Recording& recording, const Profile& profile, std::span<const RunVisit> visits) {
  std::vector<std::uint64_t> setups(profile.stages.size());
  for (const RunVisit& visit : visits) {
    if (visit.kind == RunVisit::Kind::setup) ++setups[visit.node];
  }
  for (std::size_t i = 0; i < profile.stages.size(); ++i) {
    const StageProfile& stage = profile.stages[i];
    Recording::Stage& recorded = recording.stages.emplace_back();
    recorded.node = stage.node;
    if (stage.service_s > 0) recorded.cpu_share = std::min(stage.cpu_s / stage.service_s, 1.0);
    if (stage.exclusive_fraction) {
      recording.serial_fraction = recording.serial_fraction.value_or(0) + *stage.exclusive_fraction;
    }
    if (setups[i] > 0) recorded.setup_s = stage.setup_s / static_cast<double>(setups[i]);
  }
}

}  // namespace

Recording make_recording(const Profile& profile, RunResult& run, int cpus) {
  Recording recording;
  recording.workers = profile.workers;
  recording.cpus = cpus;
  recording.memory_bytes = run.report.memory_limit_bytes;
  recording.images_per_s = profile.uncalibrated_images_per_s();
  set_stages(recording, profile, run.visits);
  const BusyWorkers busy(profile.stages, run.visits);
  set_contention(recording, profile, run.visits, busy);
  recording.wake_s = wake(profile, busy, run.visits, run.solo);

  std::int64_t first_ns = run.end_ns;
  std::int64_t last_ns = run.begin_ns;
  std::map<std::uint64_t, Recording::Item> items;
  std::map<Execution, Executed> executions;
  std::size_t entries = 0;
  for (const RunVisit& visit : run.visits) {
    entries = std::max<std::size_t>(entries, visit.item + 1);
    first_ns = std::min(first_ns, visit.start_ns);
    last_ns = std::max(last_ns, visit.end_ns);
  }
  const std::vector<bool> keep = kept(entries);
  for (const RunVisit& visit : run.visits) {
    if (!keep[visit.item]) continue;
    Recording::Item& item = items[visit.item];
    const double took = seconds(visit.end_ns - visit.start_ns);
    switch (visit.kind) {
      case RunVisit::Kind::probe:
        item.probe_s += took;
        break;
      case RunVisit::Kind::admission:
        item.admitted = true;
        item.lease_bytes = visit.bytes_in;
        break;
      case RunVisit::Kind::work:
      case RunVisit::Kind::piece: {
        Executed& executed = executions[{visit.item, visit.node, visit.part}];
        executed.service_s += took;
        if (visit.kind == RunVisit::Kind::piece || !profile.stages[visit.node].on_workers) break;
        executed.busy_workers = std::max(busy.mean(visit.start_ns, visit.end_ns), 1.0);
        break;
      }
      case RunVisit::Kind::setup:
        break;
    }
  }
  recording.run_items = entries;
  if (entries > 0) {
    recording.lead_in_s = seconds(first_ns - run.begin_ns);
    recording.lead_out_s = seconds(run.end_ns - last_ns);
  }
  for (const auto& [execution, executed] : executions) {
    const auto& [item, node, part] = execution;
    ++items[item].visits;
    recording.visits.push_back({node, part, executed.service_s, executed.busy_workers});
  }
  for (std::size_t i = 0; i < entries; ++i) {
    if (!keep[i]) continue;
    if (items[i].admitted) items[i].key = run.keys.find(i).value_or("");
    recording.items.push_back(std::move(items[i]));
  }
  return recording;
}

void scale_service(Recording& recording, std::size_t node, double factor) {
  for (Recording::Visit& visit : recording.visits) {
    if (visit.node == node) visit.service_s *= factor;
  }
  if (node != 0) return;
  for (Recording::Item& item : recording.items) item.probe_s *= factor;
}

}  // namespace imagemill
