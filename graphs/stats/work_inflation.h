// How much longer executions take beside others than at one worker: caches, memory and CPU cores
// that are shared ("work time inflation", Olivier et al., SC 2012).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/metrics/execution_log.h"
#include "engine/metrics/solo_calibration.h"

namespace imagemill {

struct Inflation {
  // What an execution takes beside others ÷ what it takes alone. `low` to `high` is where it is
  // with 95 % confidence.
  double factor = 1;
  double low = 1;
  double high = 1;
  std::uint64_t samples = 0;  // executions alone
  double alone_s = 0;         // what all executions of the stage would have taken alone, in sum
};

// By node; nothing where there is too little to tell: fewer than three phases with executions of
// the node, or an interval as wide as the factor itself. `visits` are sorted by the time at which
// they began, `solo` are the phases.
//
// Few executions are alone, and their pictures are not those of the others. So the service time of
// the others is fitted to what an execution takes in and gives out (bytes in, pixels in, pixels
// out; least squares), and the factor is what that fit gives for the executions alone, in sum, ÷
// what they took: a ratio estimator (Cochran, Sampling Techniques, 1977, 6.4), with the phases as
// clusters, for what is measured within one has more in common than a picture. Executions alone
// that are out of the fit's range, and the first of a node on each thread, are left out.
std::vector<std::optional<Inflation>> inflation_of(std::size_t nodes, std::span<const Visit> visits,
                                                   std::span<const SoloPhase> solo);

}  // namespace imagemill
