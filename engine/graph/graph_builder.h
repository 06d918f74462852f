// Builds the nodes of a graph and collects all faults of their configs. Internal to the engine.
#pragma once

#include <vector>

#include "engine/graph/graph.h"

namespace imagemill {

// The nodes in topological order, the source first, or all faults of the configs.
tl::expected<std::vector<GraphNode>, std::vector<GraphFault>> build_nodes(
    const std::vector<NodeConfig>& configs, const NodeRegistry& registry);

}  // namespace imagemill
