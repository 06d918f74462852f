#include "graphs/config/node_reference.h"

#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "engine/base/text.h"
#include "graphs/config/graph_spec.h"

namespace imagemill {
namespace {

struct Section {
  Role role;
  std::string_view title;
  std::string_view about;
};

constexpr std::array<Section, 5> kSections = {{
    {Role::source, "Sources", "Nodes that supply the items of a run. A graph has one source."},
    {Role::constant, "Constants", "Data that is the same for every item, loaded once a run."},
    {Role::transform, "Transforms", "Nodes that change an item, or make another one from it."},
    {Role::choice, "Choices",
     "Nodes that choose the way of an item from its file's header, before its pixels are read. "
     "They pass it on unchanged."},
    {Role::sink, "Sinks", "Nodes where an item ends."},
}};

std::size_t section_of(const NodeType& type) {
  const auto place = std::find_if(kSections.begin(), kSections.end(), [&](const Section& section) {
    return section.role == type.role;
  });
  return static_cast<std::size_t>(place - kSections.begin());
}

std::string_view first_input(const NodeType& type) {
  return type.inputs.empty() ? std::string_view() : type.inputs.front().type;
}

// Number of transforms between the source and each type of payload.
std::map<std::string_view, std::size_t> distances(const NodeRegistry& registry) {
  std::vector<const NodeType*> transforms;
  std::map<std::string_view, std::size_t> found;
  for (const std::string& name : registry.names()) {
    const NodeType* type = registry.find(name);
    if (type->role == Role::source) found.emplace(type->output, 0);
    if (type->role == Role::transform) transforms.push_back(type);
  }
  for (std::size_t step = 0; step < transforms.size(); ++step) {
    for (const NodeType* type : transforms) {
      const auto from = found.find(first_input(*type));
      if (from != found.end() && from->second == step) found.emplace(type->output, step + 1);
    }
  }
  return found;
}

// Text of a declaration as Markdown, safe inside a table.
std::string prose(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (std::string_view("\\*|`<[").find(c) != std::string_view::npos) escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string code(const std::string& text) {
  std::string inner;
  for (const char c : text) inner += c == '|' ? "\\|" : std::string(1, c);
  return inner.empty() ? "" : "`" + inner + "`";
}

std::string params_markdown(const std::vector<ParamSpec>& params) {
  std::string text = "\n| parameter | values | default | |\n|---|---|---|---|\n";
  for (const ParamSpec& param : params) {
    text += fmt::format("| {} | {} | {} | {} |\n", code(param.name), prose(values_text(param)),
                        code(param.default_text), prose(param.doc));
  }
  return text;
}

std::string type_markdown(const NodeType& type) {
  std::string text = fmt::format("\n### {}\n\n{}\n\n`{}`, {}.\n", type.name,
                                 prose(type.schema.summary), flow_text(type), running_text(type));
  if (!type.schema.params.empty()) text += params_markdown(type.schema.params);
  return text + "\n```yaml\n" + type.schema.example + "\n```\n";
}

}  // namespace

std::vector<const NodeType*> reading_order(const NodeRegistry& registry) {
  const auto distance = distances(registry);
  const auto rank = [&](const NodeType* type) {
    const auto from = distance.find(first_input(*type));
    return std::tuple(section_of(*type), from == distance.end() ? distance.size() : from->second,
                      first_input(*type) != type->output, type->name);
  };
  std::vector<const NodeType*> types;
  for (const std::string& name : registry.names()) types.push_back(registry.find(name));
  std::sort(types.begin(), types.end(),
            [&](const NodeType* a, const NodeType* b) { return rank(a) < rank(b); });
  return types;
}

std::string takes_text(const NodeType& type) {
  if (type.role == Role::choice) return "any";
  if (type.inputs.size() == 1) return std::string(first_input(type));
  std::string text;
  for (const InputPort& port : type.inputs)
    text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", port.name, port.type);
  return text;
}

std::string gives_text(const NodeType& type) {
  if (type.role == Role::choice) return "the same";
  return (type.arity == Arity::many ? "several × " : "") + std::string(type.output);
}

std::string flow_text(const NodeType& type) {
  const std::string takes = takes_text(type);
  const std::string gives = gives_text(type);
  return takes + (takes.empty() ? "→" : " →") + (gives.empty() ? "" : " ") + gives;
}

std::string running_text(const NodeType& type) {
  if (type.role == Role::constant) return "once, before the run";
  if (type.role == Role::choice) return "when an item is admitted";
  if (type.parallelism == Parallelism::serial) return "one item at a time";
  const bool io = type.role == Role::source || type.schema.resource == Resource::io;
  const int count =
      io ? std::max(type.schema.default_concurrency, 1) : type.schema.default_concurrency;
  const std::string threads =
      count == 0 ? "all workers" : number_of(count, io ? "I/O thread" : "worker");
  return "on " + threads + " unless concurrency says otherwise";
}

std::string values_text(const ParamSpec& param) {
  if (param.choices.empty()) return param.type + (param.bounds.empty() ? "" : ", " + param.bounds);
  std::string text = param.keyed ? param.type + " " : "";
  for (std::size_t i = 0; i < param.choices.size(); ++i) {
    text += (i == 0 ? "" : i + 1 == param.choices.size() ? " or " : ", ") + param.choices[i];
  }
  return text;
}

std::string first_sentence(const std::string& text) {
  const auto end = text.find(". ");
  return text.substr(0, end != std::string::npos ? end : text.size() - text.ends_with('.'));
}

std::string nodes_markdown(const NodeRegistry& registry) {
  const std::vector<const NodeType*> types = reading_order(registry);
  std::string text =
      "# Node types\n\n"
      "Made by `imagemill nodes --markdown` from what each type declares. `imagemill nodes TYPE` "
      "shows one of them on the terminal.\nEvery node has the keys `type`, `in` (which nodes it "
      "follows; not of sources and constants) and `concurrency` (how many\nitems it works on at "
      "once, 1 to 1024).\n\n"
      "| type | takes → gives | |\n|---|---|---|\n";
  for (const NodeType* type : types) {
    text += fmt::format("| [`{0}`](#{0}) | {1} | {2} |\n", type->name, flow_text(*type),
                        prose(first_sentence(type->schema.summary)));
  }
  for (const Section& section : kSections) {
    bool opened = false;
    for (const NodeType* type : types) {
      if (type->role != section.role) continue;
      if (!opened) text += fmt::format("\n## {}\n\n{}\n", section.title, section.about);
      opened = true;
      text += type_markdown(*type);
    }
  }
  const SchemaInfo& run = detail::schema_of<RunSettings>().info();
  return text + "\n## run\n\n" + prose(run.summary) +
         " The section `run:` of a config, each key with an option of the command line that "
         "replaces "
         "it.\n" +
         params_markdown(run.params);
}

}  // namespace imagemill
