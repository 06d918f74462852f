#include "cli/session/run_command.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <future>
#include <utility>

#include <unistd.h>

#include "cli/display/complain.h"
#include "cli/display/exit_status.h"
#include "cli/process/signals.h"
#include "cli/session/run_display.h"
#include "engine/base/exception_guard.h"
#include "engine/base/thread.h"
#include "engine/files/temporary_names.h"
#include "engine/metrics/progress_counters.h"

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

void SessionFlags::add_to(Command& command) {
  command.add("graph", run.graph, "The graph config, a YAML file").required();
  run.add_reading(command);
  run.add_writing(command);
  add_value(command, "--progress", progress,
            "auto (on a terminal a bar, and what each stage does), bar, plain (lines) or none");
  command.add("--stats", stats, "Writes the measurements of the run to this file, as JSON");
  command.add("--manifest", manifest, "Writes the SHA-256 of every output to this file");
  command.add("--failures", failures,
              "Writes every failed item and its cause to this file, as JSON Lines");
  command.add("--losses", losses,
              "Writes what outputs have lost of their inputs, such as a colour profile, to "
              "this file, as JSON Lines");
  const Argument resumes =
      command
          .add_switch(
              "--resume", resume, "stamp",
              "Makes only outputs that are missing, or that an earlier run made from another "
              "input or with another graph. Compares files by size and time; with "
              "--resume=hash, by content")
          .one_of({"stamp", "hash"});
  command
      .add_switch("--retry-failed", retry_failed,
                  "Makes only the images that failed in an "
                  "earlier run")
      .excludes(resumes);
  command.add_switch("--die-with-parent", dies_with_parent,
                     "Ends as on SIGTERM when the parent process ends, however that happens");
}

void SessionFlags::add_shard(Command& command) {
  add_value(command, "--shard", shard,
            "Runs one part of the images, as in 0/8 to 7/8, chosen by the hash of each path. "
            "Parts can run at once, on any machines that share the folders");
}

namespace {

// Ends the process although some of its threads are stuck. Temporary files are removed on a thread
// of its own, since the output folder itself may be what is stuck.
[[noreturn]] void leave_with(int status) {
  constexpr std::chrono::milliseconds kPatience(200);
  // Without memory for it, the temporary files are left to a later run.
  static_cast<void>(guarded([&] {
    auto removed = std::make_shared<std::promise<void>>();
    const std::future<void> done = removed->get_future();
    auto thread = start_thread(
        [removed] {
          remove_own_temporaries();
          removed->set_value();
        },
        [](const Error&) {});
    if (!thread) return;
    thread->detach();
    done.wait_for(kPatience);
  }));
  ::_exit(status);
}

Redo redo_of(const SessionFlags& flags) {
  if (flags.retry_failed) return Redo::failed;
  if (flags.resume.empty()) return Redo::everything;
  return flags.resume == "hash" ? Redo::undone_by_content : Redo::undone;
}

// Whether a shard that could not begin may succeed later, or on another machine.
bool may_pass(const Error& error) {
  constexpr std::array<std::string_view, 5> kCodes = {"disk_full", "io_error", "out_of_memory",
                                                      "no_threads", "in_use"};
  return error.scope == Scope::run ||
         std::find(kCodes.begin(), kCodes.end(), error.code) != kCodes.end();
}

// Prints the end of a run, and returns its exit status.
int conclude(const SessionFlags& flags, const LoadedGraph& loaded, SessionResult result,
             const RunDisplay& display, const SessionReport& report) {
  display.print_failures(result.failures);
  print_quarantine(result.quarantine, loaded.spec.run.quarantine);
  for (const Error& error : result.unwritten) complain(to_string(error));
  int status = status_of(result.run);
  // The records of the shard could not be completed, so the shard is not done.
  if (flags.shard && !result.shard && status < kNotRun) status = kResumable;
  const auto printed = report(loaded, result);
  if (!printed) complain(to_string(printed.error()));
  if (!result.run.cause.empty()) complain("stopped: " + result.run.cause);
  if (result.run.ending == Ending::stopped) complain("interrupted");
  const bool is_good = printed && result.unwritten.empty();
  return status == kOk && !is_good ? kItemsFailed : status;
}

}  // namespace

int run_session(const SessionFlags& flags, Executor& executor, const RecordingOptions& recording,
                const SessionReport& report) {
  const std::stop_token stop = catch_signals();
  if (flags.dies_with_parent) die_with_parent();
  auto loaded = flags.run.load();
  if (!loaded || !has_folders(loaded->spec.run)) return kNotRun;

  ProgressCounters watch;
  RunDisplay display([&](SessionResult result) {
    complain("some images are stuck in the system: the run ends without them");
    // Recorded visits are still in use by the stuck threads, so they are not reported.
    const SessionReport none = [](const LoadedGraph&, SessionResult&) { return Result<void>(); };
    const SessionReport& safe = recording.visits == Visits::counted ? report : none;
    leave_with(conclude(flags, *loaded, std::move(result), display, safe));
  });
  const auto refuse = [&](const Error& error) {
    display.hide();
    const int status = not_run(error, loaded->spec, stop);
    return flags.shard && status == kNotRun && may_pass(error) ? kResumable : status;
  };
  auto session =
      RunSession::prepare(*loaded,
                          {.records = {flags.manifest, flags.failures, flags.losses, flags.stats},
                           .redo = redo_of(flags),
                           .shard = flags.shard,
                           .stuck = StuckThreads::abandoned},
                          display, stop);
  if (!session) return refuse(session.error());
  session->options().visits = recording.visits;
  session->options().calibration = recording.calibration;
  if (!session->is_done()) display.show(flags.progress, watch, session->options());
  auto result = session->run(executor);
  if (!result) return refuse(result.error());
  display.hide();
  const bool is_stuck = result->quarantine.is_stuck;
  const int status = conclude(flags, *loaded, std::move(*result), display, report);
  if (is_stuck) leave_with(status);
  return status;
}

}  // namespace imagemill::cli
