// What there is to know of the node types, from what each declares.
#pragma once

#include <string>
#include <vector>

#include "engine/node/registry.h"

namespace imagemill {

// The types in an order that reads well: sources, constants, transforms, choices, sinks; the
// transforms from those that take what the source gives to those that make something else.
std::vector<const NodeType*> reading_order(const NodeRegistry& registry);

// In words. What a type takes: "image", "base: image, overlay: image", "any"; empty for sources and
// constants. What it gives: "image", "several images", "the same"; empty for sinks.
std::string takes_text(const NodeType& type);
std::string gives_text(const NodeType& type);
// "read → decode" of these two, without an end that is empty.
std::string flow_text(const NodeType& type);
// How it runs: "on 2 I/O threads unless concurrency says otherwise", "once, before the run".
std::string running_text(const NodeType& type);
// A parameter's values: "whole number, 1 to 100", "cover, contain or fill".
std::string values_text(const ParamSpec& param);
std::string first_sentence(const std::string& text);  // without its full stop

// docs/nodes.md: all types, with their parameters and examples.
std::string nodes_markdown(const NodeRegistry& registry);

}  // namespace imagemill
