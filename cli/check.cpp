// imagemill check: is a graph sound, can it run, and what does it say?
#include "cli/options.h"
#include "cli/terminal.h"
#include "graphs/preflight.h"
#include "graphs/wiring.h"

namespace imagemill::cli {
namespace {

int check(const RunFlags& flags) {
  const auto loaded = flags.load();
  if (!loaded) return kNotRun;
  const RunSettings& settings = loaded->spec.run;
  const Findings findings =
      preflight(*loaded, run_options(settings, {}).environment, settings.quarantine);
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
      "Loads a graph, and the pictures and fonts that it names, and says what is wrong with it, "
      "each fault with its place (status 2); or what its nodes take and how they run");
  command.add("graph", flags->graph, "The graph config, a YAML file").required();
  flags->add_input(command);
  flags->add_sets(command);
  command.runs([flags] { return check(*flags); });
}

}  // namespace imagemill::cli
