// Ratio of two samples of times.
#pragma once

#include <vector>

#include "graphs/stats/scaling_laws.h"

namespace imagemill {

// Ratio of the geometric means, `after` ÷ `before`, with its 95 % interval (Welch's t on the
// logarithms). Requires: two values or more in each sample, all positive.
Estimate ratio_of(const std::vector<double>& before, const std::vector<double>& after);

}  // namespace imagemill
