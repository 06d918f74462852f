// imagemill nodes: the node types.
#include "cli/commands/commands.h"
#include "cli/display/complain.h"
#include "cli/display/exit_status.h"
#include "cli/display/terminal.h"
#include "cli/flags/run_flags.h"
#include "graphs/config/node_reference.h"

namespace imagemill::cli {
namespace {

struct NodesCommand {
  std::string type;
  bool markdown = false;
};

bool is_stage(const NodeType& type) {
  return type.role != Role::constant && type.role != Role::choice;
}

std::string resource_of(const NodeType& type) {
  if (!is_stage(type)) return "";
  return type.role == Role::source || type.schema.resource == Resource::io ? "io" : "cpu";
}

std::string parallelism_of(const NodeType& type) {
  if (!is_stage(type)) return "";
  return type.parallelism == Parallelism::serial ? "serial" : "parallel";
}

std::string all_types() {
  std::vector<std::vector<std::string>> rows = {
      {"type", "takes → gives", "on", "runs", "what it does"}};
  for (const NodeType* type : reading_order(NodeRegistry::global())) {
    rows.push_back({type->name, flow_text(*type), resource_of(*type), parallelism_of(*type),
                    first_sentence(type->schema.summary)});
  }
  return table(rows, {.columns = Columns::words});
}

std::string one_type(const NodeType& type) {
  std::string text = type.name + ": " + flow_text(type) + "\n\n" + wrapped(type.schema.summary, 0) +
                     "\n" + wrapped("Runs " + running_text(type) + ".", 0);
  if (!type.schema.params.empty()) text += "\nParameters:\n";
  for (const ParamSpec& param : type.schema.params) {
    std::string values = values_text(param);
    if (!param.default_text.empty()) values += "; default " + param.default_text;
    text += "  " + param.name + "\n" + wrapped(values, 6) + wrapped(param.doc, 6);
  }
  return text + "\nExample:\n  " + type.schema.example + "\n";
}

int nodes(const NodesCommand& command) {
  const NodeRegistry& registry = NodeRegistry::global();
  if (command.markdown) {
    print_out("{}", nodes_markdown(registry));
    return kOk;
  }
  if (command.type.empty()) {
    print_out("{}", all_types());
    return kOk;
  }
  const NodeType* type = registry.find(command.type);
  if (type == nullptr) {
    const std::string meant = nearest(command.type, registry.names());
    complain(
        "unknown node type '" + command.type + "'" +
        (meant.empty() ? "; 'imagemill nodes' lists them all" : "; did you mean '" + meant + "'?"));
    return kNotRun;
  }
  print_out("{}", one_type(*type));
  return kOk;
}

}  // namespace

void add_nodes(CommandLine& line) {
  auto command = std::make_shared<NodesCommand>();
  Command nodes_app = line.add("nodes", "Lists the node types, or describes one of them in full");
  const Argument type = nodes_app.add("TYPE", command->type, "A node type");
  nodes_app
      .add_switch("--markdown", command->markdown,
                  "Prints all types as Markdown, for docs/nodes.md")
      .excludes(type);
  nodes_app.runs([command] { return nodes(*command); });
}

}  // namespace imagemill::cli
