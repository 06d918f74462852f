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

// Reads a config; on failure returns every error in it, or that the file cannot be read. `sets`
// replace parameters: "NODE.PARAM=VALUE", checked as if written in the file. `registry` must
// outlive the graph.
tl::expected<LoadedGraph, Diagnostics> load_graph(
    const std::filesystem::path& file, const std::vector<std::string>& sets = {},
    const NodeRegistry& registry = NodeRegistry::global());

// As load_graph(), for a config in memory; `source` names the config in diagnostics.
tl::expected<LoadedGraph, Diagnostics> parse_graph(
    std::string_view yaml, const std::string& source, const std::vector<std::string>& sets = {},
    const NodeRegistry& registry = NodeRegistry::global());

}  // namespace imagemill
