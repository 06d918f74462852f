// Reference of the node types, from their declarations.
#pragma once

#include <string>
#include <vector>

#include "engine/node/registry.h"

namespace imagemill {

// Node types in reading order: sources, constants, transforms, choices, sinks. Transforms that take
// what the source gives come first, those that make something else after them.
std::vector<const NodeType*> reading_order(const NodeRegistry& registry);

// Input of a type in words: "image", "base: image, overlay: image", "any". Empty for sources and
// constants.
std::string takes_text(const NodeType& type);
// Output of a type in words: "image", "several images", "the same". Empty for sinks.
std::string gives_text(const NodeType& type);
// Flow through a type: takes_text() and gives_text() as "read → decode", without an empty end.
std::string flow_text(const NodeType& type);
// How a type runs: "on 2 I/O threads unless concurrency says otherwise", "once, before the run".
std::string running_text(const NodeType& type);
// Values of a parameter: "whole number, 1 to 100", "cover, contain or fill".
std::string values_text(const ParamSpec& param);
std::string first_sentence(const std::string& text);  // without its full stop

// Text of docs/nodes.md: all types, with parameters and examples.
std::string nodes_markdown(const NodeRegistry& registry);

}  // namespace imagemill
