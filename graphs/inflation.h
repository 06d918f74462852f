// How much longer executions take beside others than at one worker: caches, memory and CPU cores
// that are shared ("work time inflation", Olivier et al., SC 2012).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/visit_log.h"

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

// By node; nothing where there is too little to tell (fewer than four executions alone, or beside
// others).
//
// Few executions are alone, and their pictures are not those of the others. So the service time of
// the others is fitted to what an execution takes in and gives out (bytes in, pixels in, pixels
// out; least squares), and the factor is what that fit gives for the executions alone, in sum, ÷
// what they took: a ratio estimator, with its variance (Cochran, Sampling Techniques, 1977, 6.4).
std::vector<std::optional<Inflation>> inflation_of(std::size_t nodes,
                                                   std::span<const Visit> visits);

}  // namespace imagemill
