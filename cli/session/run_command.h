// One run of a graph for a person: the common part of `run` and `profile`.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "cli/display/progress.h"
#include "cli/flags/run_flags.h"
#include "graphs/records/run_summary.h"

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

// A run that took place.
struct Session {
  const LoadedGraph& loaded;
  RunResult result;
  std::map<std::string, std::uint64_t> ignored_kinds;  // number of ignored files, by extension
  std::optional<Summary> shard = {};                   // nullopt unless the run is a shard
};

// What a session records beside the counts of the run.
struct RecordingOptions {
  Visits visits = Visits::counted;
  Calibration calibration = Calibration::none;
};

// Prints the results of a session.
using SessionReport = std::function<Result<void>(Session&)>;

// Loads the graph, runs it with `executor`, shows progress, writes the records, and lets `report`
// print the results. Returns the exit status.
int run_session(const SessionFlags& flags, Executor& executor, const RecordingOptions& recording,
                const SessionReport& report);

}  // namespace imagemill::cli
