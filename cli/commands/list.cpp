// imagemill list: lists an input folder once, for all shards of a run.
#include "cli/commands/commands.h"
#include "cli/display/complain.h"
#include "cli/display/exit_status.h"
#include "cli/display/terminal.h"
#include "cli/flags/run_flags.h"
#include "cli/process/signals.h"
#include "graphs/session/run_settings.h"
#include "graphs/shards/input_list.h"

namespace imagemill::cli {
namespace {

int list(const RunFlags& flags) {
  const std::stop_token stop = catch_signals();
  const auto loaded = flags.load();
  if (!loaded) return kNotRun;
  const RunSettings& settings = loaded->spec.run;
  if (!has_folders(settings)) return kNotRun;
  const RunOptions options = run_options(settings, stop);
  if (const auto checked = check_input(options.environment); !checked) {
    return not_run(checked.error(), stop);
  }
  if (base_of(settings.input).empty()) {
    complain("the input '" + settings.input + "' is no folder: there is nothing to list");
    return kNotRun;
  }
  if (!settings.list.empty()) {
    complain("'" + settings.list + "' is a list already");
    return kNotRun;
  }
  if (const auto checked = check_layout(options.environment); !checked) {
    return not_run(checked.error(), stop);
  }
  const auto list = write_key_list(loaded->graph, options.environment, stop);
  if (!list) return not_run(list.error(), stop);
  print_out("{}\n", list->string());
  return kOk;
}

}  // namespace

void add_list(CommandLine& line) {
  auto flags = std::make_shared<RunFlags>();
  Command list_app = line.add(
      "list",
      "Lists the input folder once for all shards of a run. Writes the list to a file below "
      "the output folder and prints its path, for run --list");
  list_app.add("graph", flags->graph, "The graph config, a YAML file").required();
  list_app.add("--input", flags->input, "The folder to list; replaces run.input");
  flags->add_output(list_app);
  flags->add_sets(list_app);
  list_app.runs([flags] { return list(*flags); });
}

}  // namespace imagemill::cli
