// imagemill scale: how a graph scales with the number of workers.
#include <algorithm>
#include <filesystem>

#include "cli/commands/commands.h"
#include "cli/display/complain.h"
#include "cli/display/exit_status.h"
#include "cli/display/progress.h"
#include "cli/display/scale_text.h"
#include "cli/display/terminal.h"
#include "cli/flags/run_flags.h"
#include "cli/process/cluster_process.h"
#include "cli/process/scratch_folder.h"
#include "cli/process/signals.h"
#include "cli/session/this_program.h"
#include "graphs/records/record_file.h"
#include "graphs/session/run_settings.h"
#include "graphs/study/scale_json.h"

namespace imagemill::cli {
namespace {

constexpr int kSlower = 1;
constexpr int kDifferent = 1;

struct ScaleCommand {
  RunFlags flags;
  std::vector<int> workers;
  std::vector<std::string> modes = {"serial", "flow"};
  int nodes = 2;
  int repeats = 3;
  std::string json;
  std::vector<std::string> compared;
};

// Numbers of workers: powers of two below the number of CPUs, and that number.
std::vector<int> default_counts() {
  std::vector<int> counts;
  for (int count = 1; count < available_cpus(); count *= 2) counts.push_back(count);
  counts.push_back(available_cpus());
  return counts;
}

int measure(const ScaleCommand& command) {
  const std::stop_token stop = catch_signals();
  const auto loaded = command.flags.load();
  if (!loaded) return kNotRun;
  const RunSettings& settings = loaded->spec.run;
  if (!is_rereadable(settings, "scale")) return kNotRun;
  if (!command.json.empty()) {
    if (const auto writable = check_writable(command.json); !writable) {
      complain(to_string(writable.error()));
      return kNotRun;
    }
  }
  const ScratchFolder scratch;
  if (!scratch.made()) return kNotRun;
  std::optional<RunsProgress> progress(std::in_place);
  ScaleOptions options;
  options.run = run_options(settings, stop);
  options.workers = command.workers.empty() ? default_counts() : command.workers;
  options.repeats = command.repeats;
  options.next = [&](const std::string& what) { progress->begin(what); };
  const auto has = [&](const char* mode) {
    return std::find(command.modes.begin(), command.modes.end(), mode) != command.modes.end();
  };
  if (!has("flow")) options.flow = ScaleOptions::Flow::left_out;
  if (has("distributed")) {
    if (base_of(settings.input).empty()) {
      complain("shards need a folder as input, and '" + settings.input + "' is none");
      return kNotRun;
    }
    if (std::none_of(options.workers.begin(), options.workers.end(),
                     [&](int workers) { return workers % command.nodes == 0; })) {
      complain(fmt::format("none of these numbers of workers can be shared out over {} processes",
                           command.nodes));
      return kNotRun;
    }
    options.nodes = command.nodes;
    options.distributed = [&](int workers, const std::filesystem::path& output) {
      return run_cluster({.flags = &command.flags,
                          .input = settings.input,
                          .output = output,
                          .record = scratch.path() / "cluster.json",
                          .nodes = command.nodes,
                          .workers = workers / command.nodes},
                         stop);
    };
  }
  const auto study =
      scale(loaded->spec.name, loaded->graph, options, scratch.path(), this_machine(), *progress);
  progress.reset();
  if (!study) return not_run(study.error(), stop);
  print_out("{}", scale_text(*study, colour_of(stdout)));
  if (!command.json.empty()) {
    if (const auto written =
            write_text(command.json, scale_json(*study, this_provenance(loaded->text)));
        !written) {
      complain(to_string(written.error()));
      return kItemsFailed;
    }
  }
  if (!study->different.empty()) return kDifferent;
  return study->counts.failed > 0 ? kItemsFailed : kOk;
}

int compare_files(const ScaleCommand& command) {
  const auto before = read_scale(command.compared[0]);
  const auto after = read_scale(command.compared[1]);
  for (const auto* record : {&before, &after}) {
    if (*record) continue;
    complain(to_string(record->error()));
    return kNotRun;
  }
  const auto changes = compare(*before, *after);
  if (!changes) {
    complain(to_string(changes.error()));
    return kNotRun;
  }
  if (before->machine != after->machine) {
    print_out("The machines are not the same: {}; {}\n", printable(before->machine),
              printable(after->machine));
  }
  print_out("{}", changes_text(*changes, colour_of(stdout)));
  const bool slower = std::any_of(changes->begin(), changes->end(), [](const ScaleChange& change) {
    return change.verdict == ScaleChange::Verdict::slower;
  });
  return slower ? kSlower : kOk;
}

}  // namespace

void add_scale(CommandLine& line) {
  auto command = std::make_shared<ScaleCommand>();
  Command scale_app = line.add(
      "scale",
      "Measures how a graph scales: runs it serially and with several numbers of workers, in "
      "turn. Says what limits it, and whether every output is the same");
  const Argument graph =
      scale_app.add("graph", command->flags.graph, "The graph config, a YAML file");
  command->flags.add_input(scale_app);
  command->flags.add_sets(scale_app);
  command->flags.add_memory(scale_app);
  scale_app.add("--workers", command->workers, "Numbers of workers, as in 1,2,4,8")
      .with_commas()
      .between(1, 1024);
  scale_app
      .add("--modes", command->modes,
           "Modes to measure beside the serial run: flow (one process), distributed (shards, "
           "on several processes of this machine)")
      .with_commas()
      .with_default_in_help()
      .one_of({"serial", "flow", "distributed"});
  scale_app
      .add("--nodes", command->nodes,
           "Processes of a distributed run; the workers are divided "
           "among them")
      .with_default_in_help()
      .between(1, 1024);
  scale_app
      .add("--repeat", command->repeats,
           "How often each mode and number of workers is "
           "measured")
      .with_default_in_help()
      .between(1, 1000);
  scale_app.add("--json", command->json, "Writes the whole study to this file, as JSON");
  scale_app
      .add("--compare", command->compared,
           "Two files of --json, before and after: says which points became slower or faster "
           "by more than noise. Status 1: one became slower")
      .of_words(2)
      .excludes(graph);
  scale_app.runs([command] {
    if (!command->compared.empty()) return compare_files(*command);
    if (!command->flags.graph.empty()) return measure(*command);
    complain("graph is required, or --compare");
    return static_cast<int>(kNotRun);
  });
}

}  // namespace imagemill::cli
