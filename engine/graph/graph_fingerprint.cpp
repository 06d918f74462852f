#include "engine/graph/graph_fingerprint.h"

namespace imagemill {

void add_parameters(Fingerprinter& print, const GraphNode& node) {
  for (const ParamSpec& param : node.type->schema.params) {
    print.add(param.name);
    print.add(param.text_of(node.node->parameters()));
  }
}

Fingerprint fingerprint_of(const Graph& graph) {
  Fingerprinter print;
  for (const GraphNode& node : graph.nodes()) {
    print.add(node.name);
    print.add(node.type->name);
    add_parameters(print, node);
    for (const auto& input : node.inputs) {
      print.add(input.node);
      print.add(input.output);
    }
  }
  return print.finish();
}

Fingerprint resources_of(const Graph& graph) {
  Fingerprinter print;
  for (const GraphNode& node : graph.nodes()) {
    const Fingerprint resources = node.node->resources();
    print.add(resources.high);
    print.add(resources.low);
  }
  return print.finish();
}

}  // namespace imagemill
