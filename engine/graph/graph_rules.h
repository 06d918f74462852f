// What must hold over a whole wired graph, beyond each node's own. Internal to the engine.
#pragma once

#include <vector>

#include "engine/graph/graph.h"

namespace imagemill {

// Nodes are in the order of their configs, which is what faults are numbered by.

// Whether the source has the texts that parameters use, and dates where they have a format. Says of
// each node which dates it needs.
void check_texts(const std::vector<NodeConfig>& configs, std::vector<GraphNode>& nodes,
                 std::vector<GraphFault>& faults);

// What the extension of what a node gives, or a sink is given, can be; each once.
std::vector<std::string> extensions_behind(const std::vector<GraphNode>& nodes, std::size_t node);

// Whether sinks name files as what comes to them. Requires: wired, without a cycle.
void check_names(const std::vector<GraphNode>& nodes, std::vector<GraphFault>& faults);

// Says of each node which one-to-many node it is behind; at most one, and the same one for all its
// inputs. `order` is topological.
void mark_parts(std::vector<GraphNode>& nodes, const std::vector<std::size_t>& order,
                std::vector<GraphFault>& faults);

// Whether the fields of parts are used where there are parts, and there by every sink. Requires:
// marked.
void check_part_fields(const std::vector<NodeConfig>& configs, const std::vector<GraphNode>& nodes,
                       const NodeRegistry& registry, std::vector<GraphFault>& faults);

}  // namespace imagemill
