// A graph as a picture: what is on it, and its text for Graphviz and Mermaid.
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
    std::vector<std::string> lines;     // name, type, concurrency; then what was measured
    std::optional<double> utilisation;  // 0 to 1, where it was measured
  };
  struct Edge {
    std::size_t from;
    std::size_t to;
    std::vector<std::string> lines;  // the output and its condition, the input; none of a plain one
  };

  std::string title;
  std::vector<Node> nodes;  // in the order of the flow
  std::vector<Edge> edges;
};

// `measured`: of a run; nodes that it does not name are drawn without.
Drawing draw(const LoadedGraph& loaded, const std::vector<StageStats>& measured = {});

// From left to right. A source is round, a choice a diamond, a sink a folder or a cylinder, a
// constant a note or slanted, and its line dashed. The colour of a measured node is its
// utilisation, in five steps from light to dark, which stay in order on a printer without colours.
std::string to_dot(const Drawing& drawing);
std::string to_mermaid(const Drawing& drawing);

}  // namespace imagemill
