// Every node type as its schema's example writes it, and with other parameters.
#pragma once

#include <string>
#include <vector>

#include "engine/node/registry.h"

namespace imagemill::testing {

// The registered ones, by name.
std::vector<const NodeType*> all_types();

// "{type: resize, width: 128, …}": what the schema's example says of the node itself.
std::string example_of(const NodeType& type);

// The example with one more parameter, as in "fit: cover", which replaces its own of that name.
std::string example_with(const NodeType& type, const std::string& parameter);

// The example, and with each choice of each parameter, each boolean both ways, each colour red.
std::vector<std::string> variants_of(const NodeType& type);

}  // namespace imagemill::testing
