// How a graph is wired, and how its nodes run, in words.
#pragma once

#include <string>

#include "engine/graph/graph.h"

namespace imagemill {

// An output as `in:` names it: "decode", "by_size.large".
std::string output_name(const Graph& graph, const GraphNode::Source& from);

// The type of payload that an output gives; of a choice, what comes to it.
std::string_view payload_type(const Graph& graph, const GraphNode::Source& from);

// "2 I/O threads", "all workers", "3 workers at most", "one at a time"; empty for what is no stage
// of its own: constants and choices.
std::string concurrency_text(const GraphNode& node);

// What comes to a node and where from: "image from resize", "base: image from resize, overlay:
// image from logo". Empty where nothing does.
std::string inputs_text(const Graph& graph, const GraphNode& node);

}  // namespace imagemill
