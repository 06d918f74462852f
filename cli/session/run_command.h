// Running a graph for a person: what `run` and `profile` have in common.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "cli/display/progress.h"
#include "cli/flags/run_flags.h"
#include "graphs/records/run_summary.h"

namespace imagemill::cli {

struct SessionFlags {
  RunFlags run;
  ProgressStyle progress = ProgressStyle::automatic;
  std::string stats, manifest, failures, losses;
  std::string resume;  // "", or how files are told: "stamp" or "hash"
  bool retry_failed = false;
  bool dies_with_parent = false;
  std::optional<Shard> shard;

  void add_to(Command& command);
  // Of a subcommand that can run a part.
  void add_shard(Command& command);
};

// A run that took place.
struct Session {
  const LoadedGraph& loaded;
  RunResult result;
  std::map<std::string, std::uint64_t> ignored_kinds;  // files that are no items, by extension
  std::optional<Summary> shard = {};                   // of a run of one
};

// What a session records of the run beside its counts.
struct RecordingOptions {
  Visits visits = Visits::counted;
  Calibration calibration = Calibration::none;
};

// Prints what it came to.
using SessionReport = std::function<Result<void>(Session&)>;

// Loads the graph, runs it with progress shown and records kept, and lets `report` print what it
// came to. Returns the exit status.
int run_session(const SessionFlags& flags, Executor& executor, const RecordingOptions& recording,
                const SessionReport& report);

}  // namespace imagemill::cli
