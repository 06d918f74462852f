// The config format for editors and other programs.
#pragma once

#include <string>

#include "engine/node/registry.h"

namespace imagemill {

// A JSON Schema (draft 2020-12) of graph configs with these node types. What it refuses,
// load_graph refuses, but for numbers and booleans in quotes, which an editor should not offer. Not
// the other way round: which nodes there are, what fits what, and what holds between parameters is
// for `imagemill check`.
std::string config_schema(const NodeRegistry& registry);

}  // namespace imagemill
