// One whole run of a graph as a library call: folders, lock, resume, shard, records, quarantine.
//
//   auto loaded = load_graph("thumbnails.yaml");
//   if (!loaded) return;                 // loaded.error() has every fault of the config
//   loaded->spec.run.input = "photos";   // replaces the config's run.input
//   loaded->spec.run.output = "thumbs";
//   RunEvents events;                    // hears nothing; a class derived from it hears all
//   auto session = RunSession::prepare(*loaded, {.redo = Redo::undone}, events);  // as --resume
//   if (!session) return;                // session.error()
//   auto result = session->run(*make_flow_executor());
//   if (result) use(result->run.report.items.failed);
//
// A program links the libraries `graphs`, `engine` and `nodes`.
//
// A session prints nothing, ends no process, catches no signal. Any number of sessions may run in a
// process at once, each with a graph of its own.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "engine/run/executor.h"
#include "engine/source/shard.h"
#include "graphs/config/load_graph.h"
#include "graphs/session/records_writer.h"
#include "graphs/session/run_events.h"
#include "graphs/session/versions.h"

namespace imagemill {

// What becomes of a run one of whose threads is stuck in the system, as on a dead network disk.
enum class StuckThreads {
  awaited,    // the run waits for it
  abandoned,  // the run ends without it: RunEvents::abandoned()
};

// What a run does beside its graph's `run:` settings.
struct RunRequest {
  RecordFiles records = {};
  Redo redo = Redo::everything;
  std::optional<Shard> shard = {};  // runs one part of a job; nullopt: all
  StuckThreads stuck = StuckThreads::awaited;
  // Inputs, outputs and journals. Locks, records, fonts and job folders lie on the system's disks
  // whatever it is. Must outlive the session.
  FileSystem* files = &FileSystem::real();
  // Versions of all software that decides the bytes. A program with nodes of its own adds theirs.
  std::string made_by = versions_text();
};

// Order of calls: prepare(), run(). Movable. Not thread-safe; `stop` may be requested by any
// thread.
class RunSession {
 public:
  // Checks the folders; takes the lock and the journal of the output folder, or the shard; creates
  // the records. Runs nothing. `loaded.spec.run` holds the settings. An error means that nothing
  // was changed but in the folder `.imagemill` of the output folder.
  // Errors beside those of the parts: no_folder, output_is_input, no_journal.
  // Requires: `loaded`, whose graph is not running, and `events` outlive the session.
  static Result<RunSession> prepare(const LoadedGraph& loaded, const RunRequest& request,
                                    RunEvents& events, const std::stop_token& stop = {});
  RunSession(RunSession&&) noexcept;
  RunSession& operator=(RunSession&&) = delete;
  ~RunSession();

  // Options of the run, which may be changed before run(): progress counters, recorded visits.
  RunOptions& options();
  // True if the shard is done already, so that run() runs nothing.
  bool is_done() const;

  // Runs the graph, then completes the records. Call once. An error means that no item was run.
  Result<SessionResult> run(Executor& executor);

 private:
  struct State;
  explicit RunSession(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace imagemill
