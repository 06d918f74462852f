// Two samples of times, set against each other.
#pragma once

#include <vector>

#include "graphs/stats/scaling_laws.h"

namespace imagemill {

// Of the geometric means, `after` ÷ `before`, with its 95 % interval: Welch's t on the logarithms.
// Requires: two values or more in each, all positive.
Estimate ratio_of(const std::vector<double>& before, const std::vector<double>& after);

}  // namespace imagemill
