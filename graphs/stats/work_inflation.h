// Work time inflation (Olivier et al., SC 2012): executions take longer beside others than at one
// worker, because caches, memory and CPU cores are shared.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/metrics/execution_log.h"
#include "engine/metrics/solo_calibration.h"

namespace imagemill {

struct Inflation {
  // Time of an execution beside others ÷ its time alone; `low` to `high` is the 95 % interval.
  double factor = 1;
  double low = 1;
  double high = 1;
  std::uint64_t samples = 0;  // executions that ran alone
  double alone_s = 0;         // sum over all executions of the stage, had each run alone
};

// Inflation by node. nullopt with too little data: fewer than three phases with executions of the
// node, or an interval as wide as the factor. `visits` are sorted by start; `solo` are the phases
// at one worker.
//
// Method: few executions run alone, and on other pictures than the rest. So the service times
// beside others are fitted to bytes in, pixels in and pixels out (least squares). The factor is the
// fit's sum over the executions alone ÷ their measured sum. That is a ratio estimator (Cochran,
// Sampling Techniques, 1977, 6.4). Phases are its clusters, because samples within a phase are
// correlated. Left out: executions alone outside the fit's range, and the first of a node on each
// thread.
std::vector<std::optional<Inflation>> inflation_of(std::size_t nodes, std::span<const Visit> visits,
                                                   std::span<const SoloPhase> solo);

}  // namespace imagemill
