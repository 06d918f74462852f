// A graph's wiring and concurrency in words.
#pragma once

#include <string>

#include "engine/graph/graph.h"

namespace imagemill {

// Name of an output as `in:` refers to it: "decode", "by_size.large".
std::string output_name(const Graph& graph, const GraphNode::Source& from);

// Type of payload at an output. A choice passes on the type of its input.
std::string_view payload_type(const Graph& graph, const GraphNode::Source& from);

// Concurrency of a node: "2 I/O threads", "all workers", "3 workers at most", "one at a time".
// Empty for constants and choices, which are no stages.
std::string concurrency_text(const GraphNode& node);

// Inputs of a node and where each comes from: "image from resize", or "base: image from resize,
// overlay: image from logo". Empty without inputs.
std::string inputs_text(const Graph& graph, const GraphNode& node);

}  // namespace imagemill
