#include "graphs/config/graph_drawing.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "engine/node/condition.h"
#include "graphs/config/graph_text.h"

namespace imagemill {
namespace {

struct Shade {
  const char* fill;
  const char* text;
};
// Oranges of ColorBrewer (Cynthia Brewer, colorbrewer2.org), safe for the colour-blind and in
// print.
constexpr std::array<Shade, 5> kShades = {{{"#feedde", "#000000"},
                                           {"#fdbe85", "#000000"},
                                           {"#fd8d3c", "#000000"},
                                           {"#e6550d", "#000000"},
                                           {"#a63603", "#ffffff"}}};
constexpr const char* kScale = "colour: utilisation, 0 % light to 100 % dark";

std::size_t shade_of(double utilisation) {
  const double steps = std::clamp(utilisation, 0.0, 1.0) * kShades.size();
  return std::min(static_cast<std::size_t>(steps), kShades.size() - 1);
}

bool has_figures(const Drawing& drawing) {
  return std::any_of(drawing.nodes.begin(), drawing.nodes.end(),
                     [](const auto& node) { return node.utilisation.has_value(); });
}

std::string milliseconds(double seconds) {
  const double ms = seconds * 1e3;
  return ms < 1000 ? fmt::format("{:.3g} ms", ms) : fmt::format("{:.0f} ms", ms);
}

// Condition under which an item goes to `output`: the entry of that name, or the choice's own
// condition.
std::string condition_of(const GraphNode& choice, const std::string& output,
                         const GraphSpec& spec) {
  const auto said = std::find_if(spec.nodes.begin(), spec.nodes.end(), [&](const NodeSpec& node) {
    return node.config.name == choice.name;
  });
  for (const auto& [name, text] : said->config.params) {
    const ParamSpec* param = choice.type->schema.find(name);
    const bool own_entry = param->keyed && name == param->name + "." + output;
    const bool own_condition = output.empty() && param->type == TextValue<Condition>::type;
    if (own_entry || own_condition) return text;
  }
  return "";
}

std::vector<std::string> edge_lines(const LoadedGraph& loaded, const GraphNode& to,
                                    std::size_t port) {
  const auto& [from, output] = to.inputs[port];
  const GraphNode& source = loaded.graph.nodes()[from];
  std::vector<std::string> lines;
  if (source.type->role == Role::choice) {
    const std::string& name = source.output_names[output];
    const std::string condition = condition_of(source, name, loaded.spec);
    const std::string line = name + (name.empty() || condition.empty() ? "" : ": ") + condition;
    if (!line.empty()) lines.push_back(line);
  }
  if (to.inputs.size() > 1) lines.push_back("as " + std::string(to.type->inputs[port].name));
  return lines;
}

std::vector<std::string> node_lines(const GraphNode& node) {
  std::vector<std::string> lines = {node.name};
  if (node.type->name != node.name) lines.push_back(node.type->name);
  if (const std::string text = concurrency_text(node); !text.empty()) lines.push_back(text);
  return lines;
}

// Character as SVG allows it: a control character becomes U+FFFD.
std::string visible(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7F ? "\uFFFD" : std::string(1, c);
}

// Quoted string in DOT, where & begins an entity and \ an escape.
std::string dot_text(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) {
    if (!text.empty()) text += "\\n";
    for (const char c : line) {
      text += c == '"' ? "\\\"" : c == '\\' ? "\\\\" : c == '&' ? "&amp;" : visible(c);
    }
  }
  return '"' + text + '"';
}

// Quoted label in Mermaid, which is HTML with entities of Mermaid's own: #38; for &.
std::string mermaid_text(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) {
    if (!text.empty()) text += "<br>";
    for (const char c : line) {
      const bool special = std::string_view("\"#&<>\\`*;").find(c) != std::string_view::npos;
      text += special ? fmt::format("#{};", static_cast<int>(c)) : visible(c);
    }
  }
  return '"' + text + '"';
}

const char* dot_shape(Role role) {
  switch (role) {
    case Role::source:
      return "shape=box, style=\"rounded,filled\"";
    case Role::constant:
      return "shape=note, style=filled";
    case Role::choice:
      return "shape=diamond, style=filled";
    case Role::sink:
      return "shape=folder, style=filled";
    case Role::transform:
      break;
  }
  return "shape=box, style=filled";
}

std::pair<const char*, const char*> mermaid_brackets(Role role) {
  switch (role) {
    case Role::source:
      return {"([", "])"};
    case Role::constant:
      return {"[/", "/]"};
    case Role::choice:
      return {"{", "}"};
    case Role::sink:
      return {"[(", ")]"};
    case Role::transform:
      break;
  }
  return {"[", "]"};
}

}  // namespace

Drawing draw(const LoadedGraph& loaded, const std::vector<StageStats>& measured) {
  Drawing drawing;
  drawing.title = loaded.spec.name;
  const auto& nodes = loaded.graph.nodes();
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    Drawing::Node& drawn = drawing.nodes.emplace_back();
    drawn.role = nodes[i].type->role;
    drawn.lines = node_lines(nodes[i]);
    const auto stage = std::find_if(measured.begin(), measured.end(), [&](const StageStats& each) {
      return each.node == nodes[i].name;
    });
    if (stage != measured.end()) {
      drawn.utilisation = stage->utilisation;
      drawn.lines.push_back(fmt::format("{} × {} (p50)", stage->total.count,
                                        milliseconds(stage->total.service.quantile(0.5))));
      drawn.lines.push_back(fmt::format("{:.0f} % busy", 100 * stage->utilisation));
    }
    for (std::size_t port = 0; port < nodes[i].inputs.size(); ++port) {
      drawing.edges.push_back({nodes[i].inputs[port].node, i, edge_lines(loaded, nodes[i], port)});
    }
  }
  return drawing;
}

std::string to_dot(const Drawing& drawing) {
  std::vector<std::string> label;
  if (!drawing.title.empty()) label.push_back(drawing.title);
  if (has_figures(drawing)) label.emplace_back(kScale);
  std::string text = "digraph " + dot_text({drawing.title}) + " {\n  rankdir=LR;\n";
  if (!label.empty()) text += "  label=" + dot_text(label) + ";\n";
  text +=
      "  graph [fontname=\"sans-serif\"];\n"
      "  node [fontname=\"sans-serif\", fillcolor=white];\n"
      "  edge [fontname=\"sans-serif\", fontsize=11];\n";
  for (std::size_t i = 0; i < drawing.nodes.size(); ++i) {
    const Drawing::Node& node = drawing.nodes[i];
    text += fmt::format("  n{} [label={}, {}", i, dot_text(node.lines), dot_shape(node.role));
    if (node.utilisation) {
      const Shade& shade = kShades[shade_of(*node.utilisation)];
      text += fmt::format(", fillcolor=\"{}\", fontcolor=\"{}\"", shade.fill, shade.text);
    }
    text += "];\n";
  }
  for (const Drawing::Edge& edge : drawing.edges) {
    std::vector<std::string> attributes;
    if (!edge.lines.empty()) attributes.push_back("label=" + dot_text(edge.lines));
    if (drawing.nodes[edge.from].role == Role::constant) attributes.emplace_back("style=dashed");
    text += fmt::format("  n{} -> n{}", edge.from, edge.to);
    if (!attributes.empty()) text += fmt::format(" [{}]", fmt::join(attributes, ", "));
    text += ";\n";
  }
  return text + "}\n";
}

std::string to_mermaid(const Drawing& drawing) {
  std::string text = "flowchart LR\n";
  if (!drawing.title.empty() || has_figures(drawing)) {
    text += "  %% ";
    for (const char c : drawing.title) text += visible(c);
    if (has_figures(drawing))
      text += fmt::format("{}{}", drawing.title.empty() ? "" : "; ", kScale);
    text += "\n";
  }
  for (std::size_t i = 0; i < drawing.nodes.size(); ++i) {
    const auto [open, close] = mermaid_brackets(drawing.nodes[i].role);
    text += fmt::format("  n{}{}{}{}\n", i, open, mermaid_text(drawing.nodes[i].lines), close);
  }
  for (const Drawing::Edge& edge : drawing.edges) {
    const char* arrow = drawing.nodes[edge.from].role == Role::constant ? "-.->" : "-->";
    const std::string label = edge.lines.empty() ? "" : "|" + mermaid_text(edge.lines) + "|";
    text += fmt::format("  n{} {}{} n{}\n", edge.from, arrow, label, edge.to);
  }
  for (std::size_t i = 0; i < drawing.nodes.size(); ++i) {
    if (!drawing.nodes[i].utilisation) continue;
    const Shade& shade = kShades[shade_of(*drawing.nodes[i].utilisation)];
    text += fmt::format("  style n{} fill:{},color:{}\n", i, shade.fill, shade.text);
  }
  return text;
}

}  // namespace imagemill
