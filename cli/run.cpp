// imagemill run: runs a graph.
#include <signal.h>

#include "cli/options.h"
#include "cli/progress.h"
#include "cli/signals.h"
#include "cli/summary.h"
#include "cli/terminal.h"
#include "graphs/manifest.h"
#include "graphs/records.h"

namespace imagemill::cli {

enum class ExecutorKind { flow, serial };

}  // namespace imagemill::cli

template <>
struct imagemill::EnumNames<imagemill::cli::ExecutorKind> {
  using Kind = imagemill::cli::ExecutorKind;
  static constexpr std::array<std::pair<std::string_view, Kind>, 2> values = {
      {{"flow", Kind::flow}, {"serial", Kind::serial}}};
};

namespace imagemill::cli {
namespace {

constexpr std::size_t kFailuresShown = 10;

struct RunCommand {
  RunFlags flags;
  ExecutorKind executor = ExecutorKind::flow;
  ProgressStyle progress = ProgressStyle::automatic;
  std::string stats, manifest, failures;
};

// Passes on what the engine says: to the progress display, the manifest, the list of failures.
class Recorder final : public RunObserver {
 public:
  explicit Recorder(ProgressStyle style) : progress_(std::in_place, style) {}

  Result<void> open(const RunCommand& command) {
    if (!command.manifest.empty()) {
      auto writer = ManifestWriter::create(command.manifest);
      if (!writer) return tl::make_unexpected(std::move(writer.error()));
      manifest_ = std::move(*writer);
    }
    if (!command.failures.empty()) {
      auto log = FailureLog::create(command.failures);
      if (!log) return tl::make_unexpected(std::move(log.error()));
      failures_ = std::move(*log);
    }
    if (!command.stats.empty()) return check_writable(command.stats);
    return {};
  }

  void listed(std::uint64_t entries) override { progress_->set_listed(entries); }
  void ignored(const std::string& key) override {
    progress_->ignore_one();
    const std::string extension = std::filesystem::path(key).extension();
    if (kinds_.size() < kKindsCounted || kinds_.contains(extension)) ++kinds_[extension];
  }

  void ended(const Item& item) override {
    if (manifest_) {
      for (const Written& written : item.outputs()) manifest_->add(written);
    }
    for (const Error& error : item.errors()) {
      if (failures_) failures_->add(error);
      if (shown_.size() < kFailuresShown) shown_.push_back(to_string(error));
      ++errors_;
    }
    if (item.outcome() == Outcome::failed) {
      progress_->failed();
    } else {
      progress_->ok();
    }
  }

  Result<void> finish() {
    progress_.reset();
    Result<void> result;
    if (manifest_) result = manifest_->finish();
    if (failures_ && result) result = failures_->finish();
    return result;
  }

  // Of a run that did not begin: what earlier runs have recorded stays.
  void discard() {
    progress_.reset();
    if (manifest_) manifest_->discard();
    if (failures_) failures_->discard();
  }

  const std::map<std::string, std::uint64_t>& ignored_kinds() const { return kinds_; }

  void print_failures(const std::string& log) const {
    for (const std::string& error : shown_) fmt::print(stderr, "failed: {}\n", printable(error));
    if (errors_ > shown_.size()) {
      fmt::print(stderr, "… and {} more ({})\n", errors_ - shown_.size(),
                 log.empty() ? "--failures FILE lists them all" : log + " lists them all");
    }
  }

 private:
  static constexpr std::size_t kKindsCounted = 100;

  std::optional<Progress> progress_;
  std::map<std::string, std::uint64_t> kinds_;  // of ignored files, by extension
  std::optional<ManifestWriter> manifest_;
  std::optional<FailureLog> failures_;
  std::vector<std::string> shown_;
  std::size_t errors_ = 0;
};

int status_of(const RunResult& result) {
  switch (result.ending) {
    case Ending::stopped:
      return caught_signal() == SIGTERM ? kTerminated : kInterrupted;
    case Ending::outside:
      return kResumable;
    case Ending::on_error:
      return kItemsFailed;
    case Ending::complete:
      break;
  }
  return result.report.items.failed > 0 ? kItemsFailed : kOk;
}

int run(const RunCommand& command) {
  const std::stop_token stop = catch_signals();
  const auto loaded = command.flags.load();
  if (!loaded) return kNotRun;
  const RunSettings& settings = loaded->spec.run;
  for (const auto& [folder, name] :
       {std::pair(settings.input, "input"), std::pair(settings.output, "output")}) {
    if (!folder.empty()) continue;
    complain(fmt::format("no {0} folder: give --{0} DIR, or run.{0} in the config", name));
    return kNotRun;
  }

  Recorder recorder(command.progress);
  if (const auto opened = recorder.open(command); !opened) {
    recorder.discard();
    complain(to_string(opened.error()));
    return kNotRun;
  }
  RunOptions options = run_options(settings, stop);
  if (!command.stats.empty()) options.item_memory = ItemMemory::measured;
  if (!command.manifest.empty()) options.environment.digests = Digests::on;
  const auto executor =
      command.executor == ExecutorKind::serial ? make_serial_executor() : make_flow_executor();
  const auto result = executor->run(loaded->graph, options, recorder);
  if (!result) {
    recorder.discard();
    complain(to_string(result.error()));
    return kNotRun;
  }
  const auto recorded = recorder.finish();

  recorder.print_failures(command.failures);
  fmt::print("{}", summary(result->report, recorder.ignored_kinds()));
  if (result->ending == Ending::outside) complain("stopped: " + result->cause);
  if (result->ending == Ending::stopped) complain("interrupted");
  if (!recorded) complain(to_string(recorded.error()));
  bool reported = recorded.has_value();
  if (!command.stats.empty()) {
    if (const auto written = write_text(command.stats, stats_json(result->report)); !written) {
      complain(to_string(written.error()));
      reported = false;
    }
  }
  const int status = status_of(*result);
  return status == kOk && !reported ? kItemsFailed : status;
}

}  // namespace

void add_run(CLI::App& app, Action& action) {
  auto command = std::make_shared<RunCommand>();
  CLI::App* run_app = app.add_subcommand("run", "Runs a graph over a folder of images");
  run_app->add_option("graph", command->flags.graph, "The graph config, a YAML file")->required();
  command->flags.add_reading(*run_app);
  command->flags.add_writing(*run_app);
  add_value(*run_app, "--executor", command->executor,
            "flow (parallel, the default) or serial (a plain loop)");
  add_value(*run_app, "--progress", command->progress,
            "auto (a bar on a terminal), plain (lines) or none");
  run_app->add_option("--stats", command->stats, "Writes what was measured to this file, as JSON");
  run_app->add_option("--manifest", command->manifest,
                      "Writes the SHA-256 of every output to this file");
  run_app->add_option("--failures", command->failures,
                      "Writes every failed item and its cause to this file, as JSON Lines");
  run_app->callback([command, &action] { action = [command] { return run(*command); }; });
}

}  // namespace imagemill::cli
