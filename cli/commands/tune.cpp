// imagemill tune: the concurrencies, I/O threads and memory with which a graph is fastest.
#include "graphs/replay/tune.h"

#include "cli/commands/commands.h"
#include "cli/display/complain.h"
#include "cli/display/exit_status.h"
#include "cli/display/progress.h"
#include "cli/display/terminal.h"
#include "cli/flags/run_flags.h"
#include "cli/process/scratch_folder.h"
#include "cli/process/signals.h"
#include "cli/session/this_program.h"
#include "graphs/records/record_file.h"
#include "graphs/session/run_settings.h"
#include "graphs/session/scratch_run.h"
#include "graphs/stats/ratio.h"

namespace imagemill::cli {
namespace {

constexpr int kDifferent = 1;

struct TuneCommand {
  RunFlags flags;
  int repeats = 5;
  std::string output;
};

// Times of the present and the tuned config, measured in turn.
struct Compared {
  std::vector<double> now_s;
  std::vector<double> tuned_s;
  std::uint64_t items = 0;
  bool identical = true;
};

class Tune {
 public:
  // `memory`: the budget of the config. `loaded` carries the one from the command line, which is
  // the upper bound.
  Tune(const TuneCommand& command, LoadedGraph loaded, ByteSize memory,
       std::filesystem::path scratch)
      : command_(command),
        loaded_(std::move(loaded)),
        scratch_(std::move(scratch)),
        stop_(catch_signals()),
        most_memory_(loaded_.spec.run.memory.bytes) {
    loaded_.spec.run.memory = memory;
    int& workers = loaded_.spec.run.workers.count;
    if (workers == 0) workers = available_cpus();
    options_ = run_options(loaded_.spec.run, stop_);
  }

  int run() {
    auto tuning = search();
    if (!tuning) return not_run(tuning.error(), stop_);
    if (tuning->knobs.empty()) {
      print_out("{}", wrapped("Nothing to change: no other concurrency, number of threads or "
                              "memory would make it 2 % faster.",
                              0));
      return kOk;
    }
    print_knobs(*tuning);
    // Tries the edit first: measuring would be wasted if it cannot be written.
    if (auto text = edited(loaded_, tuning->changes, {}); !text)
      return not_run(text.error(), stop_);
    const auto compared = measure(*tuning);
    if (!compared) return not_run(compared.error(), stop_);
    return report(*tuning, *compared);
  }

 private:
  Result<Tuning> search() {
    RunsProgress progress;
    progress.begin("profiling");
    RunOptions options = options_;
    options.visits = Visits::recorded;
    options.calibration = Calibration::solo_phases;
    auto ran = run_into(scratch_ / "out", *make_flow_executor(), loaded_.graph, options, progress);
    if (!ran) return tl::make_unexpected(std::move(ran.error()));
    const Profile profile = make_profile(loaded_.spec.name, loaded_.graph, ran->run);
    verdict_ = verdict(profile).front();
    if (profile.lost_visits > 0 || profile.items == 0) return failure("no_profile", verdict_);
    const Recording recording = make_recording(profile, ran->run, available_cpus());
    std::vector<NodeConfig> configs;
    for (const NodeSpec& node : loaded_.spec.nodes) configs.push_back(node.config);
    return tune(configs, NodeRegistry::global(), recording,
                {.workers = options_.workers,
                 .memory_bytes = most_memory_,
                 .memory_now = options_.memory_bytes});
  }

  Result<Compared> measure(const Tuning& tuning) {
    std::vector<NodeConfig> configs;
    for (const NodeSpec& node : loaded_.spec.nodes) {
      NodeConfig& config = configs.emplace_back(node.config);
      const auto change = tuning.changes.concurrency.find(config.name);
      if (change != tuning.changes.concurrency.end()) config.concurrency = change->second;
    }
    const auto tuned = Graph::build(configs, NodeRegistry::global());
    if (!tuned) return failure("invalid", tuned.error().front().message);
    RunSettings tuned_settings = loaded_.spec.run;
    if (tuning.changes.memory) tuned_settings.memory = *tuning.changes.memory;
    RunsProgress progress;
    Compared compared;
    for (int repeat = 0; repeat < command_.repeats; ++repeat) {
      progress.begin(fmt::format("measuring both, {} of {}", repeat + 1, command_.repeats));
      FileDigests expected;
      for (const bool is_tuned : {false, true}) {
        // New options for each run: the budget decides how much memory is kept for later images.
        const RunOptions options = run_options(is_tuned ? tuned_settings : loaded_.spec.run, stop_);
        auto ran = run_into(scratch_ / "out", *make_flow_executor(),
                            is_tuned ? *tuned : loaded_.graph, options, progress);
        if (!ran) return tl::make_unexpected(std::move(ran.error()));
        (is_tuned ? compared.tuned_s : compared.now_s).push_back(ran->run.report.wall_s);
        compared.items = ran->run.report.items.ended();
        if (!is_tuned) {
          expected = std::move(ran->outputs);
        } else if (!compare(expected, ran->outputs).none()) {
          compared.identical = false;
        }
      }
    }
    return compared;
  }

  void print_knobs(const Tuning& tuning) const {
    print_out("{}", wrapped(verdict_, 0));
    std::vector<std::vector<std::string>> rows = {{"", "now", "tuned", "images/s without it"}};
    for (const TunedKnob& knob : tuning.knobs) {
      rows.push_back({knob.node.empty() ? "memory" : knob.node, knob.from, knob.to,
                      fmt::format("{:.1f}", knob.without)});
    }
    print_out("{}\n", table(rows, {.columns = Columns::words, .colour = colour_of(stdout)}));
  }

  int report(const Tuning& tuning, const Compared& compared) {
    const Estimate time = ratio_of(compared.now_s, compared.tuned_s);
    const auto rate = [&](const std::vector<double>& wall_s) {
      return static_cast<double>(compared.items) / median(wall_s);
    };
    const std::string measured = fmt::format(
        "Measured in turn, {} times each: {:.1f} images/s instead of {:.1f}, {:.2f} times as many "
        "(95 %: {:.2f} to {:.2f}); predicted {:.1f} instead of {:.1f}.",
        command_.repeats, rate(compared.tuned_s), rate(compared.now_s), 1 / time.value,
        1 / time.high, 1 / time.low, tuning.tuned, tuning.now);
    print_out("{}", wrapped(measured, 0));
    if (!compared.identical) {
      complain("the tuned graph's outputs are not the same: this is a fault of imagemill");
      return kDifferent;
    }
    if (time.high >= 1 || time.value > 1 / (1 + kWorthChanging)) {
      print_out("{}", wrapped("That is not 2 % faster beyond noise: nothing is changed.", 0));
      return kOk;
    }
    const auto text = edited(loaded_, tuning.changes, comment(tuning, measured));
    if (!text) return not_run(text.error(), stop_);
    if (command_.output.empty()) {
      print_out("-o FILE writes the tuned config.\n");
      return kOk;
    }
    if (const auto written = write_text(command_.output, *text); !written) {
      complain(to_string(written.error()));
      return kItemsFailed;
    }
    print_out("Written to {}.\n", printable(command_.output));
    return kOk;
  }

  std::vector<std::string> comment(const Tuning& tuning, const std::string& measured) const {
    std::vector<std::string> lines;
    const auto add = [&](const std::string& text) {
      std::string part;
      for (const char c : wrapped(printable(text), 0) + "\n") {
        if (c != '\n') {
          part += c;
        } else if (!part.empty()) {
          lines.push_back(std::move(part));
          part.clear();
        }
      }
    };
    add(fmt::format("Tuned by imagemill for {} workers and {} at most, on {}.", options_.workers,
                    TextValue<ByteSize>::format({most_memory_}), describe(this_machine())));
    add(verdict_);
    for (const TunedKnob& knob : tuning.knobs) {
      add(fmt::format("{}: {} instead of {}; without that {:.1f} images/s are predicted.",
                      knob.node.empty() ? "memory" : knob.node, knob.to, knob.from, knob.without));
    }
    add(measured);
    return lines;
  }

  const TuneCommand& command_;
  LoadedGraph loaded_;
  const std::filesystem::path scratch_;
  const std::stop_token stop_;
  const std::uint64_t most_memory_;
  RunOptions options_;
  std::string verdict_;  // first sentence of the profile's verdict
};

int tune_graph(const TuneCommand& command) {
  auto loaded = command.flags.load_config();
  if (!loaded) return kNotRun;
  const ByteSize memory = loaded->spec.run.memory;
  if (!command.flags.apply_to(loaded->spec.run)) return kNotRun;
  const RunSettings& settings = loaded->spec.run;
  if (!is_rereadable(settings, "tune")) return kNotRun;
  if (!command.output.empty()) {
    if (const auto writable = check_writable(command.output); !writable) {
      complain(to_string(writable.error()));
      return kNotRun;
    }
  }
  const ScratchFolder scratch;
  if (!scratch.made()) return kNotRun;
  return Tune(command, std::move(*loaded), memory, scratch.path()).run();
}

}  // namespace

void add_tune(CommandLine& line) {
  auto command = std::make_shared<TuneCommand>();
  Command tune_app = line.add(
      "tune",
      "Finds the fastest concurrencies, I/O threads and memory for a graph, and measures them "
      "against the present config. Writes the tuned config if it is faster");
  tune_app.add("graph", command->flags.graph, "The graph config, a YAML file").required();
  command->flags.add_input(tune_app);
  tune_app.add("--workers", command->flags.workers, "CPU workers, or auto");
  tune_app.add("--memory", command->flags.memory,
               "Upper bound of the bytes in flight, as in 2GiB (default: that of the config)");
  tune_app
      .add("--repeat", command->repeats,
           "How often the tuned config and the present one are measured")
      .with_default_in_help()
      .between(3, 1000);
  tune_app.add("-o,--tuned", command->output,
               "Writes the tuned config to this file if it is faster");
  tune_app.runs([command] { return tune_graph(*command); });
}

}  // namespace imagemill::cli
