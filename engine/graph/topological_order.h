// The order of a graph's nodes. Internal to the engine.
#pragma once

#include <vector>

#include "engine/graph/graph.h"

namespace imagemill {

// A topological order of nodes, wired or faulty; among those that are ready, the source first, then
// as they are given. Short of some, with a fault that names them, where there is a cycle.
std::vector<std::size_t> topological_order(const std::vector<GraphNode>& nodes,
                                           std::vector<GraphFault>& faults);

// The nodes in that order, each reference to another renumbered.
std::vector<GraphNode> reordered(std::vector<GraphNode> nodes,
                                 const std::vector<std::size_t>& order);

}  // namespace imagemill
