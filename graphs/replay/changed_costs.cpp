#include "graphs/replay/changed_costs.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <tuple>

#include "graphs/session/scratch_run.h"

namespace imagemill {
namespace {

constexpr double kSampleS = 1;  // seconds of executions in the sample, a run
constexpr std::size_t kLeast = 12;
constexpr std::size_t kMost = 400;
constexpr int kRepeats = 3;

// Keys of the sampled items, spread evenly over the items' times.
std::set<std::string> sample(const Recording& recording) {
  std::vector<std::pair<double, std::size_t>> by_time;
  std::size_t visit = 0;
  double all_s = 0;
  for (std::size_t i = 0; i < recording.items.size(); ++i) {
    double took = 0;
    for (std::uint32_t j = 0; j < recording.items[i].visits; ++j) {
      took += recording.visits[visit++].service_s;
    }
    if (took <= 0) continue;
    by_time.emplace_back(took, i);
    all_s += took;
  }
  std::sort(by_time.begin(), by_time.end());
  std::set<std::string> keys;
  if (by_time.empty()) return keys;
  const double mean_s = all_s / static_cast<double>(by_time.size());
  const std::size_t count = std::min(
      by_time.size(), std::clamp(static_cast<std::size_t>(kSampleS / mean_s), kLeast, kMost));
  for (std::size_t i = 0; i < count; ++i) {
    // Takes the middle of each of `count` parts.
    const std::size_t at = (2 * i + 1) * by_time.size() / (2 * count);
    keys.insert(recording.items[by_time[at].second].key);
  }
  return keys;
}

// Costs of one graph on the sample.
struct Costs {
  // Least time of each execution, by key, node and part.
  std::map<std::tuple<std::string, std::uint16_t, std::uint32_t>, double> executions;
  double leases = 0;

  void add(RunResult& run) {
    leases = 0;
    for (const Visit& visit : run.visits) {
      if (visit.kind == Visit::Kind::admission) leases += static_cast<double>(visit.bytes_in);
      if (visit.kind != Visit::Kind::work) continue;
      const double took = static_cast<double>(visit.end_ns - visit.start_ns) * 1e-9;
      const auto [found, first] = executions.emplace(
          std::tuple(run.keys.find(visit.item).value_or(""), visit.node, visit.part), took);
      if (!first) found->second = std::min(found->second, took);
    }
  }
  std::vector<double> by_node(std::size_t nodes) const {
    std::vector<double> seconds(nodes);
    for (const auto& [execution, took] : executions) seconds[std::get<1>(execution)] += took;
    return seconds;
  }
};

bool same_executions(const Costs& a, const Costs& b) {
  return std::equal(a.executions.begin(), a.executions.end(), b.executions.begin(),
                    b.executions.end(),
                    [](const auto& x, const auto& y) { return x.first == y.first; });
}

}  // namespace

Result<Recording> with_changed_costs(Recording recording, const Graph& before, const Graph& after,
                                     RunOptions options, const std::filesystem::path& scratch,
                                     RunObserver& observer) {
  const std::set<std::string> keys = sample(recording);
  options.takes = [&](const std::string& key) { return keys.contains(key); };
  options.visits = Visits::recorded;
  Costs was;
  Costs is;
  const auto executor = make_serial_executor();
  for (int repeat = 0; repeat < kRepeats; ++repeat) {
    for (const auto& [graph, costs] : {std::pair(&before, &was), std::pair(&after, &is)}) {
      auto ran = run_into(scratch / "out", *executor, *graph, options, observer);
      if (!ran) return tl::make_unexpected(std::move(ran.error()));
      costs->add(ran->run);
    }
  }
  if (was.executions.empty()) {
    return failure("not_found",
                   "none of the recorded images can be found from this folder any more");
  }
  if (!same_executions(was, is)) {
    return failure("other_graph",
                   "that change sends images other ways, or cuts them into other parts: "
                   "profile the changed graph");
  }
  const std::size_t nodes = recording.stages.size();
  const std::vector<double> before_s = was.by_node(nodes);
  const std::vector<double> after_s = is.by_node(nodes);
  for (std::size_t i = 1; i < nodes; ++i) {
    if (before_s[i] > 0) scale_service(recording, i, after_s[i] / before_s[i]);
  }
  if (was.leases > 0) {
    for (Recording::Item& item : recording.items) {
      item.lease_bytes = static_cast<std::uint64_t>(static_cast<double>(item.lease_bytes) *
                                                    is.leases / was.leases);
    }
  }
  return recording;
}

}  // namespace imagemill
