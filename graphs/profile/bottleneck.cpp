#include "graphs/profile/bottleneck.h"

#include <algorithm>

#include <fmt/format.h>

namespace imagemill {
namespace {

constexpr double kBusy =
    0.85;  // fraction of the time; 1 is out of reach, as a run fills and drains

double service_s(const StageStats& stage) {
  return static_cast<double>(stage.total.service_ns) * 1e-9;
}

}  // namespace

std::string bottleneck(const RunReport& report) {
  if (report.items.ended() == 0 || report.wall_s <= 0) return "There was nothing to do.";
  const StageStats& source = report.stages.front();

  double worker_s = 0;
  const StageStats* heaviest = nullptr;  // stage on the workers with most service time
  const StageStats* tightest =
      nullptr;  // stage with a limit of its own and the highest utilisation
  for (const StageStats& stage : report.stages) {
    if (stage.on_workers) {
      worker_s += service_s(stage);
      if (heaviest == nullptr || service_s(stage) > service_s(*heaviest)) heaviest = &stage;
    }
    const bool limited = !stage.on_workers || stage.concurrency < report.workers;
    if (limited && (tightest == nullptr || stage.utilisation > tightest->utilisation))
      tightest = &stage;
  }
  if (report.executor == "serial") {
    const auto longest =
        std::max_element(report.stages.begin(), report.stages.end(),
                         [](auto& a, auto& b) { return service_s(a) < service_s(b); });
    return fmt::format("Limited by '{}': it takes {:.0f} % of a serial run's time.", longest->node,
                       100 * service_s(*longest) / report.wall_s);
  }

  const double busy = worker_s / (report.wall_s * report.workers);
  // Admission is in turn: while one item waits for memory, all others wait behind it.
  const double waiting = report.admission_wait_s / report.wall_s;
  if (heaviest != nullptr && busy >= kBusy &&
      (tightest == nullptr || tightest->utilisation < busy)) {
    return fmt::format(
        "Limited by '{}': the {} workers are busy {:.0f} % of the time, {:.0f} % of that in this "
        "stage.",
        heaviest->node, report.workers, 100 * busy, 100 * service_s(*heaviest) / worker_s);
  }
  if (tightest != nullptr && tightest->utilisation >= kBusy) {
    return fmt::format(
        "Limited by '{}': its concurrency of {} is in use {:.0f} % of the time, while the workers "
        "are "
        "busy {:.0f} %.",
        tightest->node, tightest->concurrency, 100 * tightest->utilisation, 100 * busy);
  }
  if (waiting >= kBusy &&
      report.memory_peak_bytes + report.largest_item_bytes > report.memory_limit_bytes) {
    const bool alone = report.largest_item_bytes > report.memory_limit_bytes;
    return fmt::format(
        "Limited by memory: '{}' waits {:.0f} % of the time for the budget of {} MiB{}.",
        source.node, 100 * waiting, report.memory_limit_bytes >> 20,
        alone ? fmt::format("; an item that needs more ({} MiB) runs alone",
                            (report.largest_item_bytes >> 20) + 1)
              : "");
  }
  const bool by_workers =
      heaviest != nullptr && (tightest == nullptr || busy >= tightest->utilisation);
  const StageStats* nearest = by_workers ? heaviest : tightest;
  return fmt::format(
      "Nothing was busy all the time: closest is '{}' (workers busy {:.0f} %, this stage {:.0f} % "
      "of its "
      "limit). The run was too short, or the machine was busy with something else.",
      nearest->node, 100 * busy, 100 * nearest->utilisation);
}

}  // namespace imagemill
