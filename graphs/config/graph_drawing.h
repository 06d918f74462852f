// A graph as a picture: its elements, and its text for Graphviz and Mermaid.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/metrics/run_report.h"
#include "graphs/config/load_graph.h"

namespace imagemill {

struct Drawing {
  struct Node {
    Role role;
    std::vector<std::string> lines;     // name, type, concurrency; then measurements
    std::optional<double> utilisation;  // 0 to 1; nullopt without a measurement
  };
  struct Edge {
    std::size_t from;
    std::size_t to;
    std::vector<std::string> lines;  // output and its condition, input; empty for a plain edge
  };

  std::string title;
  std::vector<Node> nodes;  // in the order of the flow
  std::vector<Edge> edges;
};

// Drawing of a graph. `measured` are the stages of a run; a node that they lack is drawn without
// measurements.
Drawing draw(const LoadedGraph& loaded, const std::vector<StageStats>& measured = {});

// Graphviz text of a drawing, from left to right. A source is round, a choice a diamond, a sink a
// folder, a constant a note with dashed edges. The colour of a measured node shows its utilisation
// in five steps from light to dark, which stay in order on a printer without colours.
std::string to_dot(const Drawing& drawing);
// Mermaid text of a drawing, in the same style as far as Mermaid has the shapes: a sink is a
// cylinder, a constant slanted.
std::string to_mermaid(const Drawing& drawing);

}  // namespace imagemill
