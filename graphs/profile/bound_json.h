// JSON of a bound. Internal to graphs.
#pragma once

#include <vector>

#include "graphs/profile/profile.h"
#include "graphs/records/json.h"

namespace imagemill {

// Bound as {by, node, images_per_s}; "node" only for a bound by a stage's own limit.
Json bound_json(const Bound& bound, const std::vector<StageProfile>& stages);

}  // namespace imagemill
