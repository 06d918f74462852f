// Changes in a config's text; all other text stays as its author wrote it.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "engine/base/result.h"
#include "graphs/config/load_graph.h"

namespace imagemill {

// Values to set in a config.
struct ConfigChanges {
  std::map<std::string, int>
      concurrency;                 // by node; 0: remove the key, so that the type's default holds
  std::optional<ByteSize> memory;  // of the run section; nullopt: unchanged
};

// Text of `loaded` with the changes: replaces values, and removes or adds keys beside the node's
// type in the style found there. Each line of `comment` goes on top. Fails if the new text would
// not be read as the same graph with those changes.
Result<std::string> edited(const LoadedGraph& loaded, const ConfigChanges& changes,
                           const std::vector<std::string>& comment,
                           const NodeRegistry& registry = NodeRegistry::global());

}  // namespace imagemill
