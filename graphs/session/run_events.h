// What a session tells its program: events while it goes on, and its result.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/run/executor.h"
#include "graphs/records/quarantine.h"
#include "graphs/records/run_summary.h"

namespace imagemill {

// What a session has resulted in.
struct SessionResult {
  RunResult run;
  std::map<std::string, std::uint64_t> ignored_kinds;  // number of ignored files, by extension
  // Summary of the shard, of this run or an earlier process's. nullopt if the run is no shard, or
  // if its records could not be completed.
  std::optional<Summary> shard = {};
  // Path of the record of failures; empty if none was asked for. Number of failed items:
  // run.report.items.failed.
  std::string failures = {};
  Quarantine::Receipt quarantine = {};
  // Errors of records that could not be written; the others are complete.
  std::vector<Error> unwritten = {};
};

// Callbacks of a session, beside those of its run (RunObserver). Never two at once.
class RunEvents : public RunObserver {
 public:
  // A fault that does not keep the run from going on, for a person. Comes before the run.
  virtual void notice(const std::string& /*text*/) {}
  // The run has ended although a thread of it is stuck; only with StuckThreads::abandoned. No other
  // callback follows. Called on a thread of the run. Requires: this function does not return before
  // the process ends or the stuck thread has come back.
  virtual void abandoned(SessionResult /*result*/) {}
};

}  // namespace imagemill
