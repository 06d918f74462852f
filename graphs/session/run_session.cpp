#include "graphs/session/run_session.h"

#include <utility>

#include "graphs/records/record_file.h"
#include "graphs/session/output_hold.h"
#include "graphs/session/run_settings.h"
#include "graphs/session/shard_records.h"
#include "graphs/shards/shard_run.h"

namespace imagemill {
namespace {

Result<void> check_folders(const Environment& environment, const RunRequest& request) {
  if (environment.input.empty()) return failure("no_folder", "no input folder: run.input is empty");
  if (environment.output.empty()) {
    return failure("no_folder", "no output folder: run.output is empty");
  }
  auto checked = check_input(environment);
  if (checked) checked = check_layout(environment);
  if (!checked || layout_of(environment) != Layout::same) return checked;
  if (request.redo == Redo::everything && !request.shard) return checked;
  return failure("output_is_input",
                 "the output folder is the input folder, so finished work cannot be told from "
                 "the rest: run without --resume, and not in shards");
}

Result<void> check_journal(const Journal& journal, Redo redo, const std::string& output,
                           RunEvents& events) {
  const std::string& complaint = journal.complaint();
  if (redo == Redo::failed && (!complaint.empty() || !journal.exists())) {
    return failure(
        "no_journal",
        (complaint.empty() ? "no run of this graph has written to '" + output + "'" : complaint) +
            "; --retry-failed needs to know what has failed");
  }
  if (!complaint.empty()) events.notice(complaint);
  return {};
}

// Whether a shard that is done has to run again.
bool does_again(const Summary& done, Redo redo) {
  return redo == Redo::undone_by_content || (redo == Redo::failed && done.items.failed > 0);
}

}  // namespace

struct RunSession::State {
  State(const LoadedGraph& graph, RunRequest what, RunEvents& told, std::stop_token stopped)
      : loaded(graph),
        request(std::move(what)),
        events(told),
        options(run_options(graph.spec.run, std::move(stopped))),
        writer(told) {}

  // Finds the shard. Sets `done` if it need not run.
  Result<void> find_shard();
  // Takes the shard, or the whole output folder, and its journal.
  Result<void> take_hold();
  Result<void> open_records();
  // Completes the records. `hurry`: whether the copies to the quarantine are given up.
  SessionResult finish(RunResult run, const std::stop_token& hurry);

  const LoadedGraph& loaded;
  const RunRequest request;
  RunEvents& events;
  RunOptions options;
  // Declared in the order of their creation, so destroyed in reverse.
  std::optional<ShardRun> shard;
  std::optional<Summary> done;  // of a shard that need not run
  std::optional<OutputHold> hold;
  RecordFiles files;  // of the run; those of a shard lie in its job's folder
  RecordsWriter writer;
};

Result<void> RunSession::State::find_shard() {
  if (auto writable = check_wanted(request.records); !writable) return writable;
  auto found = ShardRun::find(loaded, options.environment, *request.shard, options.stop);
  if (!found) return tl::make_unexpected(std::move(found.error()));
  shard.emplace(std::move(*found));
  auto summary = shard->done(options.resume.made_by, options.stop);
  if (!summary) return tl::make_unexpected(std::move(summary.error()));
  Redo& redo = options.resume.redo;
  if (*summary && !does_again(**summary, redo) && !shard->is_outdated()) {
    done = std::move(*summary);
    return copy_done_records(request.records, *shard);
  }
  // A shard redoes its failed items, and those that another process has not reached.
  if (redo == Redo::failed) redo = Redo::undone;
  return *summary ? shard->undo() : Result<void>();
}

Result<void> RunSession::State::take_hold() {
  if (!shard) {
    // A graph without a name shares its journal, so former outputs may be another graph's.
    options.resume.former = loaded.spec.name.empty() ? Former::kept : Former::removed;
    auto taken = OutputHold::take(loaded, options);
    if (!taken) return tl::make_unexpected(std::move(taken.error()));
    hold.emplace(std::move(*taken));
    options.resume.journal = &hold->journal();
  } else {
    auto begun =
        shard->begin(options.resume.made_by, earlier_of(options.resume.redo), options.stop);
    if (!begun) return begun;
    options.part = shard->part();
    options.resume.journal = &shard->journal();
  }
  return check_journal(*options.resume.journal, options.resume.redo, loaded.spec.run.output,
                       events);
}

Result<void> RunSession::State::open_records() {
  files = shard ? records_of(*shard) : request.records;
  auto opened = writer.open(files, loaded.spec.run.quarantine, options);
  if (!opened) writer.discard();
  if (!request.records.stats.empty()) options.item_memory = ItemMemory::measured;
  if (!files.manifest.empty()) options.environment.digests = Digests::on;
  return opened;
}

SessionResult RunSession::State::finish(RunResult run, const std::stop_token& hurry) {
  SessionResult result{.run = std::move(run), .ignored_kinds = {}};
  result.unwritten = writer.finish();
  result.ignored_kinds = writer.ignored_kinds();
  result.quarantine = writer.finish_copies(hurry);
  const auto check = [&](Result<void> written) {
    if (!written) result.unwritten.push_back(std::move(written.error()));
    return written.has_value();
  };
  if (!files.stats.empty()) check(write_text(files.stats, stats_json(result.run.report)));
  result.failures = request.records.failures;
  if (!shard) return result;
  if (result.unwritten.empty()) {
    auto finished = shard->finish(result.run);
    if (finished) {
      result.shard = std::move(*finished);
    } else {
      result.unwritten.push_back(std::move(finished.error()));
    }
  }
  const bool is_done = result.shard && result.run.ending == Ending::complete;
  if (!check(is_done ? copy_done_records(request.records, *shard)
                     : copy_unfinished_records(request.records, *shard))) {
    result.failures.clear();
  }
  if (is_done && result.failures.empty()) {
    result.failures = shard->final_record(JobFolder::Kind::failures);
  }
  return result;
}

Result<RunSession> RunSession::prepare(const LoadedGraph& loaded, const RunRequest& request,
                                       RunEvents& events, const std::stop_token& stop) {
  auto state = std::make_unique<State>(loaded, request, events, stop);
  RunOptions& options = state->options;
  options.environment.files = request.files;
  options.resume.redo = request.redo;
  options.resume.made_by = request.made_by;
  auto prepared = check_folders(options.environment, request);
  if (prepared && request.shard) prepared = state->find_shard();
  if (prepared && !state->done) prepared = state->take_hold();
  if (prepared && !state->done) prepared = state->open_records();
  if (!prepared) return tl::make_unexpected(std::move(prepared.error()));
  return RunSession(std::move(state));
}

RunSession::RunSession(std::unique_ptr<State> state) : state_(std::move(state)) {}
RunSession::RunSession(RunSession&&) noexcept = default;
RunSession::~RunSession() = default;

RunOptions& RunSession::options() { return state_->options; }

bool RunSession::is_done() const { return state_->done.has_value(); }

Result<SessionResult> RunSession::run(Executor& executor) {
  State& state = *state_;
  if (state.done) return SessionResult{.run = {}, .ignored_kinds = {}, .shard = state.done};
  if (state.request.stuck == StuckThreads::abandoned) {
    state.options.abandoned = [&state](RunResult run) {
      std::stop_source now;
      now.request_stop();
      state.events.abandoned(state.finish(std::move(run), now.get_token()));
    };
  }
  auto ran = executor.run(state.loaded.graph, state.options, state.writer);
  if (!ran) {
    state.writer.discard();
    return tl::make_unexpected(std::move(ran.error()));
  }
  return state.finish(std::move(*ran), state.options.stop);
}

}  // namespace imagemill
