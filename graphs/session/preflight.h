// Preflight: faults of a graph that can be found before a run.
#pragma once

#include <optional>
#include <string>

#include "graphs/config/load_graph.h"

namespace imagemill {

struct Findings {
  Diagnostics faults;  // errors for which a run would be refused
  Diagnostics doubts;  // warnings: a run would begin, and fail with most inputs
};

// Opens the nodes that read files named in the config (pictures, fonts) and checks the folders
// against each other. Makes nothing, and does not check that there is an input. If `environment`
// has no input, findings that depend on it are doubts. `quarantine`: its folder, or empty. Cost: as
// a run before its first item. Requires: the graph is not running.
Findings preflight(const LoadedGraph& loaded, const Environment& environment,
                   const std::string& quarantine);

// Place in the config to which an error from opening a node belongs; nullopt for any other error.
std::optional<Location> place_of(const GraphSpec& graph, const Error& error);

}  // namespace imagemill
