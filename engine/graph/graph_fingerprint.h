// Fingerprints of a graph, which show whether another run, later or elsewhere, has the same graph.
#pragma once

#include "engine/base/hash.h"
#include "engine/graph/graph.h"

namespace imagemill {

// Adds a node's parameters to `print`, by name and text.
void add_parameters(Fingerprinter& print, const GraphNode& node);

// Fingerprint of the graph as it was written: names, types, parameters and wiring of the nodes.
Fingerprint fingerprint_of(const Graph& graph);
// Fingerprint of the files that the nodes have read (fonts, logos). Requires: the nodes are open.
Fingerprint resources_of(const Graph& graph);

}  // namespace imagemill
