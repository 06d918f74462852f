// imagemill check: is a graph sound, can it run, and what does it say?
#include "cli/commands/commands.h"
#include "cli/display/complain.h"
#include "cli/display/exit_status.h"
#include "cli/display/terminal.h"
#include "cli/flags/run_flags.h"
#include "graphs/config/graph_text.h"
#include "graphs/session/preflight.h"
#include "graphs/session/run_settings.h"

namespace imagemill::cli {
namespace {

// Checks the input that the command line names. An input of the config need not exist yet.
void look_at_input(const RunFlags& flags, const Environment& environment, Diagnostics& faults) {
  if ((!flags.input && !flags.list) || environment.input.empty()) return;
  const auto checked = check_input(environment);
  if (checked) return;
  const bool is_list = flags.list && (!flags.input || checked.error().code == "not_a_file");
  Diagnostic fault;
  fault.location.source = is_list ? "--list " + *flags.list : "--input " + flags.input.value_or("");
  fault.message = checked.error().message;
  faults.push_back(std::move(fault));
}

int check(const RunFlags& flags) {
  const auto loaded = flags.load();
  if (!loaded) return kNotRun;
  const RunSettings& settings = loaded->spec.run;
  const Environment environment = run_options(settings, {}).environment;
  Findings findings = preflight(*loaded, environment, settings.quarantine);
  look_at_input(flags, environment, findings.faults);
  complain(findings.doubts, Gravity::warning);
  if (!findings.faults.empty()) {
    complain(findings.faults);
    return kNotRun;
  }
  const Graph& graph = loaded->graph;
  const std::string& name = loaded->spec.name.empty() ? flags.graph : loaded->spec.name;
  std::vector<std::vector<std::string>> rows = {{"node", "type", "takes", "concurrency"}};
  for (const GraphNode& node : graph.nodes()) {
    rows.push_back({printable(node.name), node.type->name, printable(inputs_text(graph, node)),
                    concurrency_text(node)});
  }
  print_out("{}: {} nodes, no faults\n\n{}", printable(name), graph.nodes().size(),
            table(rows, {.columns = Columns::words}));
  return kOk;
}

}  // namespace

void add_check(CommandLine& line) {
  auto flags = std::make_shared<RunFlags>();
  Command command = line.add(
      "check",
      "Checks a graph and the pictures and fonts that it names. Prints each fault with its "
      "place (status 2), or else a table of the nodes with their inputs and concurrency");
  command.add("graph", flags->graph, "The graph config, a YAML file").required();
  flags->add_input(command);
  flags->add_sets(command);
  command.runs([flags] { return check(*flags); });
}

}  // namespace imagemill::cli
