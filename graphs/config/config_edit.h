// Changes in a config's text that leave the rest of it as its author wrote it.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "engine/base/result.h"
#include "graphs/config/load_graph.h"

namespace imagemill {

// What is to stand in a config.
struct ConfigChanges {
  std::map<std::string, int> concurrency;  // by node; 0: none of its own, the type's default
  std::optional<ByteSize> memory;          // of the run section
};

// The text of `loaded`, changed so: values are replaced, keys removed or added beside the node's
// type, in the style that they stand in. `comment`, a line each, goes on top. Fails where what
// comes out would not be read as the same graph with those changes.
Result<std::string> edited(const LoadedGraph& loaded, const ConfigChanges& changes,
                           const std::vector<std::string>& comment,
                           const NodeRegistry& registry = NodeRegistry::global());

}  // namespace imagemill
