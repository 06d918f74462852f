#include "cli/session/run_command.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <future>
#include <utility>
#include <vector>

#include <unistd.h>

#include "cli/display/complain.h"
#include "cli/display/exit_status.h"
#include "cli/display/terminal.h"
#include "cli/process/signals.h"
#include "cli/session/run_observer.h"
#include "cli/session/this_program.h"
#include "engine/base/exception_guard.h"
#include "engine/base/thread.h"
#include "engine/files/output_lock.h"
#include "engine/files/temporary_names.h"
#include "engine/metrics/progress_counters.h"
#include "engine/resume/journal.h"
#include "graphs/records/record_file.h"
#include "graphs/records/run_records.h"
#include "graphs/shards/job_history.h"
#include "graphs/shards/shard_run.h"

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

// End of a session: the exit status, and whether one of its threads is stuck.
struct Conclusion {
  int status = kOk;
  bool is_stuck = false;
};

Redo redo_of(const SessionFlags& flags) {
  if (flags.retry_failed) return Redo::failed;
  if (flags.resume.empty()) return Redo::everything;
  return flags.resume == "hash" ? Redo::undone_by_content : Redo::undone;
}

Journal::Earlier earlier_of(Redo redo) {
  return redo == Redo::everything ? Journal::Earlier::dropped : Journal::Earlier::read;
}

Result<void> check_folders(const Environment& environment, const SessionFlags& flags, Redo redo) {
  auto checked = check_input(environment);
  if (checked) checked = check_layout(environment);
  if (!checked || layout_of(environment) != Layout::same) return checked;
  if (redo == Redo::everything && !flags.shard) return checked;
  return failure("output_is_input",
                 "the output folder is the input folder, so finished work cannot be told from "
                 "the rest: run without --resume, and not in shards");
}

Result<void> check_journal(const Journal& journal, Redo redo, const std::string& output) {
  const std::string& complaint = journal.complaint();
  if (redo == Redo::failed && (!complaint.empty() || !journal.exists())) {
    return failure(
        "no_journal",
        (complaint.empty() ? "no run of this graph has written to '" + output + "'" : complaint) +
            "; --retry-failed needs to know what has failed");
  }
  if (!complaint.empty()) complain(complaint);
  return {};
}

// The lock on the output folder, and the journal in it.
struct Hold {
  OutputLock lock;
  std::unique_ptr<Journal> journal;
};

Result<Hold> take_hold(const LoadedGraph& loaded, RunOptions& options) {
  const std::filesystem::path& output = options.environment.output;
  // A graph without a name shares its journal, so former outputs may be another graph's.
  options.resume.former = loaded.spec.name.empty() ? Former::kept : Former::removed;
  auto lock =
      OutputLock::take(output,
                       options.resume.redo == Redo::everything ? OutputLock::Look::after_death
                                                               : OutputLock::Look::always,
                       options.stop);
  if (!lock) return tl::make_unexpected(std::move(lock.error()));
  const std::filesystem::path file = journal_of(output, loaded.spec.name);
  auto journal = Journal::open(file, earlier_of(options.resume.redo), *options.environment.files,
                               options.stop);
  if (!journal) return tl::make_unexpected(std::move(journal.error()));
  const bool is_refused = options.resume.redo == Redo::failed && !(*journal)->complaint().empty();
  if (options.resume.redo != Redo::everything && !is_refused) {
    const EarlierWork others(output, loaded.spec.name);
    auto taken = others.take_over(**journal, file, Shard(), options.stop);
    if (!taken) return tl::make_unexpected(std::move(taken.error()));
  }
  options.resume.journal = journal->get();
  return Hold{std::move(*lock), std::move(*journal)};
}

// Whether a shard that is done has to run again.
bool does_again(const Summary& done, Redo redo) {
  return redo == Redo::undone_by_content || (redo == Redo::failed && done.items.failed > 0);
}

// Whether a shard that could not begin may succeed later, or on another machine.
bool may_pass(const Error& error) {
  constexpr std::array<std::string_view, 5> kCodes = {"disk_full", "io_error", "out_of_memory",
                                                      "no_threads", "in_use"};
  return error.scope == Scope::run ||
         std::find(kCodes.begin(), kCodes.end(), error.code) != kCodes.end();
}

// Paths of a run's records. The records of a shard lie in its job folder; copy_records() copies
// the wanted ones.
Recorder::Places places_of(const SessionFlags& flags, const std::string& quarantine,
                           const ShardRun* shard) {
  if (shard == nullptr) {
    return {flags.manifest, flags.failures, flags.losses, flags.stats, quarantine};
  }
  using Kind = JobFolder::Kind;
  return {shard->record(Kind::manifest), shard->record(Kind::failures), shard->record(Kind::losses),
          shard->record(Kind::stats), quarantine};
}

// Calls `visit(kind, file)` for each record that a flag asks for; stops at the first error.
template <class Visit>
Result<void> each_wanted(const SessionFlags& flags, const Visit& visit) {
  using Kind = JobFolder::Kind;
  for (const auto& [kind, file] :
       {std::pair(Kind::manifest, &flags.manifest), std::pair(Kind::failures, &flags.failures),
        std::pair(Kind::losses, &flags.losses), std::pair(Kind::stats, &flags.stats)}) {
    if (file->empty()) continue;
    if (auto visited = visit(kind, *file); !visited) return visited;
  }
  return {};
}

Result<void> copy_records(const SessionFlags& flags, const ShardRun& shard) {
  return each_wanted(flags, [&](JobFolder::Kind kind, const std::string& file) {
    return copy_record(shard.final_record(kind), file);
  });
}

// Copies the records of a shard that is not done: as many as possible. Returns the first error.
Result<void> copy_unfinished_records(const SessionFlags& flags, const ShardRun& shard) {
  Result<void> result;
  const auto copied = each_wanted(flags, [&](JobFolder::Kind kind, const std::string& file) {
    auto copy = copy_record(shard.record(kind), file);
    if (result) result = std::move(copy);
    return Result<void>();
  });
  return copied ? result : copied;
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
  options.resume.redo = redo_of(flags);
  options.resume.made_by = versions_text();
  const auto refuse = [&](const Error& error) {
    const int status = not_run(error, loaded->spec, stop);
    return flags.shard && status == kNotRun && may_pass(error) ? kResumable : status;
  };
  const auto checked = check_folders(options.environment, flags, options.resume.redo);
  if (!checked) return refuse(checked.error());
  std::optional<ShardRun> shard;
  if (flags.shard) {
    const auto writable = each_wanted(
        flags, [](JobFolder::Kind, const std::string& file) { return check_writable(file); });
    if (!writable) return refuse(writable.error());
    auto found = ShardRun::find(*loaded, options.environment, *flags.shard, stop);
    if (!found) return refuse(found.error());
    shard.emplace(std::move(*found));
    auto done = shard->done(options.resume.made_by, stop);
    if (!done) return refuse(done.error());
    if (*done && !does_again(**done, options.resume.redo) && !shard->is_outdated()) {
      Session session{*loaded, {}, {}, std::move(*done)};
      if (auto copied = copy_records(flags, *shard); !copied) return refuse(copied.error());
      return report(session) ? kOk : kItemsFailed;
    }
    if (*done) {
      if (const auto undone = shard->undo(); !undone) return refuse(undone.error());
    }
    // A shard redoes its failed items, and those that another process has not reached.
    if (options.resume.redo == Redo::failed) options.resume.redo = Redo::undone;
  }
  std::optional<Hold> hold;
  if (shard) {
    const auto begun = shard->begin(options.resume.made_by, earlier_of(options.resume.redo), stop);
    if (!begun) return refuse(begun.error());
    options.part = shard->part();
    options.resume.journal = &shard->journal();
  } else {
    auto taken = take_hold(*loaded, options);
    if (!taken) return refuse(taken.error());
    hold.emplace(std::move(*taken));
  }
  const auto known = check_journal(*options.resume.journal, options.resume.redo, settings.output);
  if (!known) return refuse(known.error());
  const Recorder::Places places = places_of(flags, settings.quarantine, shard ? &*shard : nullptr);
  RunWatch watch;
  Recorder recorder(flags.progress, watch);
  if (const auto opened = recorder.open(places, options); !opened) {
    recorder.discard();
    return refuse(opened.error());
  }
  if (recorder.watches()) options.watch = &watch;
  options.visits = recording.visits;
  options.calibration = recording.calibration;
  if (!flags.stats.empty()) options.item_memory = ItemMemory::measured;
  if (!places.manifest.empty()) options.environment.digests = Digests::on;
  const auto conclude = [&](RunResult result, const SessionReport& print,
                            const std::stop_token& hurry) {
    const std::vector<Error> unwritten = recorder.finish();
    const auto copies = recorder.finish_copies(hurry);
    Session session{*loaded, std::move(result), recorder.ignored_kinds()};
    int status = status_of(session.result);
    bool good = true;
    std::vector<Error> wrong;
    const auto check = [&](const Result<void>& done) {
      if (!done) wrong.push_back(done.error());
      good = good && done;
    };
    for (const Error& error : unwritten) check(tl::make_unexpected(error));
    if (!places.stats.empty()) check(write_text(places.stats, stats_json(session.result.report)));
    if (shard && good) {
      auto finished = shard->finish(session.result);
      if (finished) {
        session.shard = std::move(*finished);
      } else {
        check(tl::make_unexpected(std::move(finished.error())));
      }
    }
    std::string failures = flags.failures;
    if (shard) {
      const bool is_done = session.shard && session.result.ending == Ending::complete;
      const auto copied =
          is_done ? copy_records(flags, *shard) : copy_unfinished_records(flags, *shard);
      check(copied);
      if (!copied) failures.clear();
      if (is_done && failures.empty()) failures = shard->final_record(JobFolder::Kind::failures);
    }
    recorder.print_failures(failures);
    for (const Error& error : std::exchange(wrong, {})) complain(to_string(error));
    // The records of the shard could not be completed, so the shard is not done.
    if (shard && !session.shard && status < kNotRun) status = kResumable;
    check(print(session));
    for (const Error& error : wrong) complain(to_string(error));
    if (!session.result.cause.empty()) complain("stopped: " + session.result.cause);
    if (session.result.ending == Ending::stopped) complain("interrupted");
    return Conclusion{status == kOk && !good ? kItemsFailed : status,
                      copies == Recorder::Copies::stuck};
  };
  options.abandoned = [&](RunResult result) {
    complain("some images are stuck in the system: the run ends without them");
    // Recorded visits are still in use by the stuck threads, so they are not reported.
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
    return refuse(result.error());
  }
  const Conclusion conclusion = conclude(std::move(*result), report, stop);
  if (conclusion.is_stuck) leave_with(conclusion.status);
  return conclusion.status;
}

}  // namespace imagemill::cli
