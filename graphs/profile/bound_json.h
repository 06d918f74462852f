// What bounds a graph, as files have it. Internal to graphs.
#pragma once

#include <vector>

#include "graphs/profile/profile.h"
#include "graphs/records/json.h"

namespace imagemill {

// {by, node, images_per_s}; "node" only where a limit of its own bounds it.
Json bound_json(const Bound& bound, const std::vector<StageProfile>& stages);

}  // namespace imagemill
