// imagemill merge: joins the records of all shards into those of one run.
#include "cli/commands/commands.h"
#include "cli/display/complain.h"
#include "cli/display/exit_status.h"
#include "cli/display/first_failures.h"
#include "cli/display/run_table.h"
#include "cli/display/terminal.h"
#include "cli/flags/run_flags.h"
#include "cli/flags/summary_flag.h"
#include "cli/process/signals.h"
#include "engine/base/text.h"
#include "graphs/records/record_file.h"
#include "graphs/records/run_records.h"
#include "graphs/shards/merge_shards.h"

namespace imagemill::cli {
namespace {

struct MergeCommand {
  std::vector<std::string> outputs;
  std::string job, stats, manifest, failures, losses;
  SummaryKind summary = SummaryKind::text;
};

// The first ten numbers, and how many more there are: "3, 7 and 12 more".
std::string list_of(const std::vector<std::uint64_t>& shards) {
  constexpr std::size_t kShown = 10;
  std::string text;
  for (std::size_t i = 0; i < std::min(shards.size(), kShown); ++i) {
    text += (i > 0 ? ", " : "") + std::to_string(shards[i]);
  }
  if (shards.size() > kShown) text += fmt::format(" and {} more", shards.size() - kShown);
  return text;
}

int merge(const MergeCommand& command) {
  const std::stop_token stop = catch_signals();
  const auto job = merge_job({command.outputs.begin(), command.outputs.end()}, command.job, stop);
  if (!job) return not_run(job.error(), stop);
  bool good = true;
  const auto check = [&](const Result<void>& written) {
    if (!written && !stop.stop_requested()) complain(to_string(written.error()));
    good = good && written;
  };
  if (!command.stats.empty()) check(write_text(command.stats, stats_json(job->report)));
  if (!command.manifest.empty()) check(merge_manifests(*job, command.manifest, stop));
  if (!command.failures.empty()) check(merge_failures(*job, command.failures, stop));
  if (!command.losses.empty()) check(merge_losses(*job, command.losses, stop));
  FirstFailures failures;
  if (job->summary.items.failed > 0) {
    const auto add = [&](const std::string& line) {
      failures.add([&] { return failure_text(line); });
    };
    check(each_failure(*job, add, stop));
  }
  if (stop.stop_requested()) {
    complain("interrupted");
    return interrupted_status();
  }
  failures.print(command.failures);
  print_out("{}", command.summary == SummaryKind::json ? summary_line(job->summary)
                                                       : summary(job->report, {}));
  if (!job->missing.empty()) {
    complain(fmt::format("{} of {} not done: {}; only the others were merged", job->missing.size(),
                         number_of(static_cast<std::int64_t>(job->summary.shards), "shard"),
                         list_of(job->missing)));
    return kResumable;
  }
  return job->summary.items.failed > 0 || !good ? kItemsFailed : kOk;
}

}  // namespace

void add_merge(CommandLine& line) {
  auto command = std::make_shared<MergeCommand>();
  Command merge_app = line.add("merge", "Merges the records of a run's shards into one set");
  merge_app
      .add("output", command->outputs,
           "The output folder; or several, if the shards do not share one")
      .required();
  merge_app.add("--job", command->job,
                "The job to merge, if shards of several jobs have been run into these folders");
  merge_app.add("--stats", command->stats, "Writes the measurements, as run --stats");
  merge_app.add("--manifest", command->manifest,
                "Writes the SHA-256 of every output, as run --manifest");
  merge_app.add("--failures", command->failures,
                "Writes every failed item and its cause, as run --failures");
  merge_app.add("--losses", command->losses,
                "Writes what outputs have lost of their inputs, as run --losses");
  add_summary(merge_app, command->summary);
  merge_app.runs([command] { return merge(*command); });
}

}  // namespace imagemill::cli
