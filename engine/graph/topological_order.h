// The order of a graph's nodes. Internal to the engine.
#pragma once

#include <vector>

#include "engine/graph/graph.h"

namespace imagemill {

// A topological order of nodes, wired or faulty. Among nodes that are ready, the source comes
// first, then the given order decides. If there is a cycle, the result lacks its nodes and those
// behind it, and a fault names them.
std::vector<std::size_t> topological_order(const std::vector<GraphNode>& nodes,
                                           std::vector<GraphFault>& faults);

// The nodes in the order `order`, with all references between nodes renumbered.
std::vector<GraphNode> reordered(std::vector<GraphNode> nodes,
                                 const std::vector<std::size_t>& order);

}  // namespace imagemill
