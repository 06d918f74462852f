// JSON Schema of the config format, for editors and other programs.
#pragma once

#include <string>

#include "engine/node/registry.h"

namespace imagemill {

// JSON Schema (draft 2020-12) of graph configs with these node types. load_graph() refuses whatever
// the schema refuses, except numbers and booleans in quotes, which an editor should not offer. The
// schema cannot check which nodes exist, which inputs fit, or rules between parameters; `imagemill
// check` does.
std::string config_schema(const NodeRegistry& registry);

}  // namespace imagemill
