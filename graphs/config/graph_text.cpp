#include "graphs/config/graph_text.h"

#include <fmt/format.h>

#include "engine/base/text.h"

namespace imagemill {

std::string output_name(const Graph& graph, const GraphNode::Source& from) {
  const GraphNode& node = graph.nodes()[from.node];
  const std::string& output = node.output_names[from.output];
  return output.empty() ? node.name : node.name + "." + output;
}

std::string_view payload_type(const Graph& graph, const GraphNode::Source& from) {
  const GraphNode* node = &graph.nodes()[from.node];
  while (node->type->role == Role::choice) node = &graph.nodes()[node->inputs.front().node];
  return node->type->output;
}

std::string concurrency_text(const GraphNode& node) {
  if (node.on_io_threads()) return number_of(node.concurrency, "I/O thread");
  if (!node.works()) return "";
  if (node.concurrency == 0) return "all workers";
  if (node.concurrency == 1) return "one at a time";
  return fmt::format("{} workers at most", node.concurrency);
}

std::string inputs_text(const Graph& graph, const GraphNode& node) {
  std::string text;
  for (std::size_t port = 0; port < node.inputs.size(); ++port) {
    if (!text.empty()) text += ", ";
    if (node.inputs.size() > 1) text += std::string(node.type->inputs[port].name) + ": ";
    const GraphNode::Source& from = node.inputs[port];
    text += fmt::format("{} from {}", payload_type(graph, from), output_name(graph, from));
  }
  return text;
}

}  // namespace imagemill
