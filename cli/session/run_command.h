// One run of a graph for a person: the common part of `run` and `profile`.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "cli/display/progress.h"
#include "cli/flags/run_flags.h"
#include "graphs/session/run_session.h"

namespace imagemill::cli {

// Flags of `run` and `profile`.
struct SessionFlags {
  RunFlags run;
  ProgressStyle progress = ProgressStyle::automatic;
  std::string stats, manifest, failures, losses;
  std::string resume;  // "": no --resume; "stamp" or "hash": how files are compared
  bool retry_failed = false;
  bool dies_with_parent = false;
  std::optional<Shard> shard;

  // Adds all flags but --shard.
  void add_to(Command& command);
  // Adds --shard, for a subcommand that can run one part of a job.
  void add_shard(Command& command);
};

// What a session records beside the counts of the run.
struct RecordingOptions {
  Visits visits = Visits::counted;
  Calibration calibration = Calibration::none;
};

// Prints the results of a run.
using SessionReport = std::function<Result<void>(const LoadedGraph&, SessionResult&)>;

// Loads the graph, runs it with `executor`, shows progress, writes the records, and lets `report`
// print the results. Returns the exit status.
int run_session(const SessionFlags& flags, Executor& executor, const RecordingOptions& recording,
                const SessionReport& report);

}  // namespace imagemill::cli
