// From YAML to a validated graph.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "graphs/config/graph_spec.h"

namespace imagemill {

struct LoadedGraph {
  GraphSpec spec;
  Graph graph;
  std::string text;  // the config
};

// Reads a config; else everything that is wrong with it. `sets` are replacements of parameters,
// "NODE.PARAM=VALUE", that are checked as if they stood in the file. `registry` must outlive the
// graph. A file that can't be read is a diagnostic as well.
tl::expected<LoadedGraph, Diagnostics> load_graph(
    const std::filesystem::path& file, const std::vector<std::string>& sets = {},
    const NodeRegistry& registry = NodeRegistry::global());

// The same for a config in memory; `source` names it in diagnostics.
tl::expected<LoadedGraph, Diagnostics> parse_graph(
    std::string_view yaml, const std::string& source, const std::vector<std::string>& sets = {},
    const NodeRegistry& registry = NodeRegistry::global());

}  // namespace imagemill
