#include "engine/graph/graph_rules.h"

#include <algorithm>
#include <set>

#include "engine/base/text.h"

namespace imagemill {
namespace {

// Text for an error: " that makes several of one, such as 'tiles'".
std::string many_makers(const NodeRegistry& registry) {
  for (const std::string& name : registry.names()) {
    if (registry.find(name)->arity == Arity::many)
      return " that splits items into parts, such as " + quote(name);
  }
  return " that splits items into parts";
}

// The name of the parameter that uses a field.
std::string param_with(const NodeConfig& config, const std::string& field) {
  for (const auto& [name, text] : config.params) {
    if (has_field(text, field)) return name;
  }
  return "";
}

}  // namespace

void mark_parts(std::vector<GraphNode>& nodes, const std::vector<std::size_t>& order,
                std::vector<GraphFault>& faults) {
  for (const std::size_t i : order) {
    GraphNode& node = nodes[i];
    bool first = true;
    for (const auto& [from, output] : node.inputs) {
      const GraphNode& source = nodes[from];
      if (source.type->role == Role::constant) continue;
      const std::size_t parts_of = source.type->arity == Arity::many ? from : source.parts_of;
      const bool mixed =
          !first && (parts_of == NodePlan::kNoParts) != (node.parts_of == NodePlan::kNoParts);
      if (mixed) {
        const std::size_t by = std::min(parts_of, node.parts_of);
        faults.push_back({i, "in",
                          "the inputs of " + quote(node.name) +
                              " come in different numbers: " + quote(nodes[by].name) +
                              " splits items into parts on only one of the branches"});
      }
      if (first) node.parts_of = parts_of;
      first = false;
    }
    if (node.type->arity == Arity::many && node.parts_of != NodePlan::kNoParts) {
      faults.push_back({i, "in",
                        quote(node.name) + " splits items into parts, and so does " +
                            quote(nodes[node.parts_of].name) + " before it: only one of them may"});
    }
  }
}

void check_texts(const std::vector<NodeConfig>& configs, std::vector<GraphNode>& nodes,
                 std::vector<GraphFault>& faults) {
  std::vector<std::string> texts;
  std::vector<std::string> dates;
  for (const GraphNode& node : nodes) {
    if (node.type == nullptr) return;
    if (node.type->role != Role::source) continue;
    texts = node.node->texts();
    dates = node.node->dates();
  }
  const auto has = [](const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    for (const std::string& text : nodes[i].node->fields()) {
      FieldName field(text);
      if (field.name.find('.') == std::string::npos) continue;
      const auto fail = [&](std::string message) {
        faults.push_back({i, param_with(configs[i], text), std::move(message)});
      };
      if (!has(texts, field.name)) {
        fail("no field is named " + quote("{" + field.name + "}") +
             did_you_mean(field.name, texts));
      } else if (!field.format.empty() && !has(dates, field.name)) {
        fail("the field " + quote("{" + field.name + "}") + " is no date, and has no parts");
      } else if (!field.format.empty()) {
        nodes[i].dates.push_back(std::move(field));
      }
    }
  }
}

std::vector<std::string> extensions_behind(const std::vector<GraphNode>& nodes, std::size_t node) {
  std::set<std::string> extensions;
  std::vector<std::size_t> ahead = {node};
  std::set<std::size_t> seen = {node};
  while (!ahead.empty()) {
    const GraphNode& at = nodes[ahead.back()];
    ahead.pop_back();
    const std::vector<std::string> own = at.node->extensions();
    extensions.insert(own.begin(), own.end());
    if (!own.empty()) continue;
    for (const GraphNode::Source& input : at.inputs) {
      if (seen.insert(input.node).second) ahead.push_back(input.node);
    }
  }
  return {extensions.begin(), extensions.end()};
}

void check_names(const std::vector<GraphNode>& nodes, std::vector<GraphFault>& faults) {
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].type->role != Role::sink) continue;
    const auto checked = nodes[i].node->check_name(extensions_behind(nodes, i));
    if (checked) continue;
    faults.push_back({i, std::string(checked.error().param), checked.error().message});
  }
}

void check_part_fields(const std::vector<NodeConfig>& configs, const std::vector<GraphNode>& nodes,
                       const NodeRegistry& registry, std::vector<GraphFault>& faults) {
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const GraphNode& node = nodes[i];
    const bool parts = node.parts_of != NodePlan::kNoParts;
    const std::vector<std::string> fields = node.node->fields();
    const auto has = [&](const char* field) {
      return std::find(fields.begin(), fields.end(), field) != fields.end();
    };
    for (const char* field : {"number", "level", "column", "row"}) {
      if (parts || !has(field)) continue;
      faults.push_back({i, param_with(configs[i], field),
                        "the field " + quote("{" + std::string(field) + "}") +
                            " exists only behind a node" + many_makers(registry)});
    }
    if (parts && node.type->role == Role::sink && !has("number") &&
        !(has("column") && has("row"))) {
      faults.push_back(
          {i, param_with(configs[i], fields.empty() ? "" : fields.front()),
           quote(nodes[node.parts_of].name) + " splits items into parts, which " +
               quote(node.name) +
               " would write to one path: use the field {number}, or {column} and {row}"});
    }
  }
}

}  // namespace imagemill
