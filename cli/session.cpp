#include "cli/session.h"

#include <chrono>
#include <future>

#include <unistd.h>

#include "cli/origin.h"
#include "cli/recorder.h"
#include "cli/signals.h"
#include "cli/terminal.h"
#include "engine/journal.h"
#include "engine/output_lock.h"
#include "engine/run_watch.h"
#include "engine/temporaries.h"
#include "engine/thread.h"
#include "graphs/record_file.h"
#include "graphs/records.h"

namespace imagemill::cli {
namespace {

int status_of(const RunResult& result) {
  switch (result.ending) {
    case Ending::stopped:
      return interrupted_status();
    case Ending::outside:
      return kResumable;
    case Ending::on_error:
      return kItemsFailed;
    case Ending::complete:
      break;
  }
  return result.report.items.failed > 0 ? kItemsFailed : kOk;
}

}  // namespace

void SessionFlags::add_to(CLI::App& command) {
  command.add_option("graph", run.graph, "The graph config, a YAML file")->required();
  run.add_reading(command);
  run.add_writing(command);
  add_value(command, "--progress", progress,
            "auto (on a terminal a bar, and what each stage does), bar, plain (lines) or none");
  command.add_option("--stats", stats, "Writes what was measured to this file, as JSON");
  command.add_option("--manifest", manifest, "Writes the SHA-256 of every output to this file");
  command.add_option("--failures", failures,
                     "Writes every failed item and its cause to this file, as JSON Lines");
  CLI::Option* resumes =
      command
          .add_flag("--resume{stamp}", resume,
                    "Makes only what an earlier run has not made, or has made of another input or "
                    "with another graph; files are told by their size and time, with "
                    "--resume=hash by their content")
          ->check(CLI::IsMember({"stamp", "hash"}));
  command.add_flag("--retry-failed", retry_failed, "Does only what has failed in an earlier run")
      ->excludes(resumes);
  command.add_flag("--die-with-parent", dies_with_parent,
                   "Ends as for SIGTERM when the process that started it ends, however it does");
}

namespace {

// Ends the process although threads of it are stuck, which may be in the very folder whose
// temporary files are to go.
[[noreturn]] void leave_with(int status) {
  constexpr std::chrono::milliseconds kPatience(200);
  std::promise<void> removed;
  std::future<void> done = removed.get_future();
  auto thread = start_thread([&] {
    remove_own_temporaries();
    removed.set_value();
  });
  if (thread) {
    thread->detach();
    done.wait_for(kPatience);
  }
  ::_exit(status);
}

// How a session ends: the status, and whether a thread of it is stuck.
struct Conclusion {
  int status = kOk;
  bool is_stuck = false;
};

// What keeps other runs off the output folder, and what has been done in it.
struct Job {
  OutputLock lock;
  std::unique_ptr<Journal> journal;
};

Redo redo_of(const SessionFlags& flags) {
  if (flags.retry_failed) return Redo::failed;
  if (flags.resume.empty()) return Redo::everything;
  return flags.resume == "hash" ? Redo::undone_by_content : Redo::undone;
}

Result<Job> begin_job(const SessionFlags& flags, const LoadedGraph& loaded, RunOptions& options) {
  const Environment& environment = options.environment;
  if (auto checked = check_input(environment); !checked) {
    return tl::make_unexpected(std::move(checked.error()));
  }
  if (auto checked = check_layout(environment); !checked) {
    return tl::make_unexpected(std::move(checked.error()));
  }
  options.redo = redo_of(flags);
  // What has no name could be any other graph.
  options.former = loaded.spec.name.empty() ? Former::kept : Former::removed;
  if (options.redo != Redo::everything && layout_of(environment) == Layout::same) {
    return failure("output_is_input",
                   "where the output folder is the input folder, what has been done cannot be told "
                   "from what has to be: run without --resume");
  }
  auto lock = OutputLock::take(
      environment.output,
      options.redo == Redo::everything ? OutputLock::Look::after_death : OutputLock::Look::always,
      options.stop);
  if (!lock) return tl::make_unexpected(std::move(lock.error()));
  options.made_by = versions_text();
  auto journal = Journal::open(
      journal_of(environment.output, loaded.spec.name),
      options.redo == Redo::everything ? Journal::Earlier::dropped : Journal::Earlier::read);
  if (!journal) return tl::make_unexpected(std::move(journal.error()));
  const std::string& complaint = (*journal)->complaint();
  if (options.redo == Redo::failed && (!complaint.empty() || !(*journal)->exists())) {
    return failure("no_journal", (complaint.empty() ? "no run of this graph has written to '" +
                                                          environment.output.string() + "'"
                                                    : complaint) +
                                     "; --retry-failed needs to know what has failed");
  }
  if (!complaint.empty()) complain(complaint);
  options.journal = journal->get();
  return Job{std::move(*lock), std::move(*journal)};
}

}  // namespace

int run_session(const SessionFlags& flags, Executor& executor, const RecordingOptions& recording,
                const SessionReport& report) {
  const std::stop_token stop = catch_signals();
  if (flags.dies_with_parent) die_with_parent();
  auto loaded = flags.run.load();
  if (!loaded) return kNotRun;
  const RunSettings& settings = loaded->spec.run;
  if (!has_folders(settings)) return kNotRun;

  RunOptions options = run_options(settings, stop);
  auto begun = begin_job(flags, *loaded, options);
  if (!begun) return not_run(begun.error(), stop);
  RunWatch watch;
  Recorder recorder(flags.progress, watch);
  if (const auto opened = recorder.open(
          {flags.manifest, flags.failures, flags.stats, settings.quarantine}, options);
      !opened) {
    recorder.discard();
    complain(to_string(opened.error()));
    return kNotRun;
  }
  if (recorder.watches()) options.watch = &watch;
  options.visits = recording.visits;
  options.calibration = recording.calibration;
  if (!flags.stats.empty()) options.item_memory = ItemMemory::measured;
  if (!flags.manifest.empty()) options.environment.digests = Digests::on;
  const auto conclude = [&](RunResult result, const SessionReport& print,
                            const std::stop_token& hurry) {
    const auto recorded = recorder.finish();
    const auto copies = recorder.finish_copies(hurry);
    recorder.print_failures();
    Session session{*loaded, std::move(result), recorder.ignored_kinds()};
    const auto reported = print(session);
    if (!session.result.cause.empty()) complain("stopped: " + session.result.cause);
    if (session.result.ending == Ending::stopped) complain("interrupted");
    bool good = true;
    const auto check = [&](const Result<void>& done) {
      if (!done) complain(to_string(done.error()));
      good = good && done;
    };
    check(recorded);
    check(reported);
    if (!flags.stats.empty()) check(write_text(flags.stats, stats_json(session.result.report)));
    const int status = status_of(session.result);
    return Conclusion{status == kOk && !good ? kItemsFailed : status,
                      copies == Recorder::Copies::stuck};
  };
  options.abandoned = [&](RunResult result) {
    complain("some images do not come back from the system: the run ends without them");
    // What was recorded of it is in use.
    const SessionReport none = [](Session&) { return Result<void>(); };
    std::stop_source now;
    now.request_stop();
    leave_with(conclude(std::move(result), recording.visits == Visits::counted ? report : none,
                        now.get_token())
                   .status);
  };
  auto result = executor.run(loaded->graph, options, recorder);
  if (!result) {
    recorder.discard();
    return not_run(result.error(), {});
  }
  const Conclusion conclusion = conclude(std::move(*result), report, stop);
  if (conclusion.is_stuck) leave_with(conclusion.status);
  return conclusion.status;
}

}  // namespace imagemill::cli
