// What would keep a graph from running, as far as that can be told before a run.
#pragma once

#include <optional>
#include <string>

#include "graphs/config/load_graph.h"

namespace imagemill {

struct Findings {
  Diagnostics faults;  // a run would be refused
  Diagnostics doubts;  // a run would begin; with most inputs it would fail
};

// Opens the nodes that read what the config names (pictures, fonts) and holds the folders against
// one another. Makes nothing, and does not ask whether there is an input: where `environment` has
// none, what hangs on it is a doubt. `quarantine`: its folder, or empty. Costs what a run does
// before its first item. Requires: the graph is not running.
Findings preflight(const LoadedGraph& loaded, const Environment& environment,
                   const std::string& quarantine);

// Where in the config stands what keeps a node from being opened; nothing of any other error.
std::optional<Location> place_of(const GraphSpec& graph, const Error& error);

}  // namespace imagemill
