// Builds the nodes of a graph while it collects all that is wrong with their configs. Internal to
// the engine.
#pragma once

#include <vector>

#include "engine/graph/graph.h"

namespace imagemill {

// In topological order, the source first.
tl::expected<std::vector<GraphNode>, std::vector<GraphFault>> build_nodes(
    const std::vector<NodeConfig>& configs, const NodeRegistry& registry);

}  // namespace imagemill
