// Rules that a wired graph must keep as a whole, beyond those of each node. Internal to the engine.
#pragma once

#include <vector>

#include "engine/graph/graph.h"

namespace imagemill {

// In all functions below, nodes are in the order of their configs, so that a node's index is the
// number of its faults.

// Adds a fault for each parameter that uses a text which the source lacks, or gives a format to a
// text that is no date. Sets GraphNode::dates.
void check_texts(const std::vector<NodeConfig>& configs, std::vector<GraphNode>& nodes,
                 std::vector<GraphFault>& faults);

// The file extensions that a node's output, or a sink's input, can have; each once.
std::vector<std::string> extensions_behind(const std::vector<GraphNode>& nodes, std::size_t node);

// Adds a fault for each sink whose file names do not suit the extensions of its input. Requires:
// the nodes are wired, without a cycle.
void check_names(const std::vector<GraphNode>& nodes, std::vector<GraphFault>& faults);

// Sets GraphNode::parts_of. Adds a fault for each node behind two one-to-many nodes, or whose
// inputs differ in theirs. `order` is topological.
void mark_parts(std::vector<GraphNode>& nodes, const std::vector<std::size_t>& order,
                std::vector<GraphFault>& faults);

// Adds a fault for each field of a part that is used where there are no parts. Adds one for each
// sink of parts that uses neither {number} nor both {column} and {row}. Requires: mark_parts() was
// called.
void check_part_fields(const std::vector<NodeConfig>& configs, const std::vector<GraphNode>& nodes,
                       const NodeRegistry& registry, std::vector<GraphFault>& faults);

}  // namespace imagemill
