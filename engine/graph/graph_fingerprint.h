// What a graph is, as fingerprints: whether a later run, or one elsewhere, is of the same.
#pragma once

#include "engine/base/hash.h"
#include "engine/graph/graph.h"

namespace imagemill {

// A node's parameters, by name and text.
void add_parameters(Fingerprinter& print, const GraphNode& node);

// As it was written: names, types, parameters and wiring of the nodes.
Fingerprint fingerprint_of(const Graph& graph);
// Of the files that its nodes have read (fonts, logos). Requires: they are open.
Fingerprint resources_of(const Graph& graph);

}  // namespace imagemill
