// What a run is started with.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "engine/files/environment.h"
#include "engine/metrics/run_report.h"
#include "engine/resume/resume_options.h"
#include "engine/source/shard.h"

namespace imagemill {

class RunWatch;

enum class OnError {
  skip,  // a failed item is counted and recorded, the others go on
  stop,  // the first failed item stops the run
};

// How many items may fail before a run stops: it does when there are more.
struct FailureLimit {
  // A share is one of the items that have ended, those left out that an earlier run had dealt with;
  // of kLeastEnded at least: the first one that fails is not all there is.
  static constexpr std::uint64_t kLeastEnded = 100;
  std::optional<std::uint64_t> count = {};
  std::optional<double> share = {};

  bool exceeded(const ItemCounts& counts) const;
  friend bool operator==(const FailureLimit&, const FailureLimit&) = default;
};

enum class ItemMemory { estimated, measured };

enum class Visits { counted, recorded };

enum class Calibration { none, solo_phases };

struct RunResult;

struct RunOptions {
  Environment environment;
  int workers = 0;  // CPU workers; 0: as many as available_cpus()
  std::uint64_t memory_bytes = std::uint64_t{1} << 30;
  OnError on_error = OnError::skip;
  FailureLimit max_failures;
  // Which entries of the source are looked at, by their keys; none: all. Called from one thread.
  std::function<bool(const std::string& key)> takes = nullptr;
  // The part of the source's entries that is run, where that is not all.
  std::optional<ShardOfListing> part = {};
  ResumeOptions resume;
  // For how long nodes may work on an item; 0: for ever. Work is asked to end then (timeout), and
  // an item that is stuck half a second later is reported, whatever becomes of it.
  std::int64_t item_timeout_ns = 0;
  // A run that has to end although a thread is stuck calls this, from a thread of its own, with
  // what it came to; the executor's run() may never return. Where it is null, the run waits.
  // Requires: it does not return before the process ends, or the thread has come back.
  std::function<void(RunResult)> abandoned = nullptr;
  std::stop_token stop;  // requested: no item is admitted any more, those in flight are cancelled
  // Measures what each item really holds in memory, where items follow one another, as in the
  // serial executor. It sets the process's own record of its peak back. Some 20 µs an item.
  ItemMemory item_memory = ItemMemory::estimated;
  // Keeps a record of every execution, for RunResult::visits.
  Visits visits = Visits::counted;
  // Short phases at one worker among a run at many (solo_phases.h), which cost up to a tenth of the
  // time. Only where visits are recorded.
  Calibration calibration = Calibration::none;
  // Where to say how far every node has come (run_watch.h); null: nowhere.
  RunWatch* watch = nullptr;
};

}  // namespace imagemill
