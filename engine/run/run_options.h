// The options of a run.
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

class ProgressCounters;

enum class OnError {
  skip,  // a failed item is counted and recorded, the others go on
  stop,  // the first failed item stops the run
};

// How many items may fail. A run stops when more have failed, by number or by share.
struct FailureLimit {
  // Least denominator of `share`, so that one early failure is not a share of 100 %.
  static constexpr std::uint64_t kLeastEnded = 100;
  std::optional<std::uint64_t> count = {};  // failed items; nullopt: any number
  // Failed items ÷ ended items, both without those that an earlier run had dealt with; nullopt: any
  // share.
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
  std::uint64_t memory_bytes = std::uint64_t{1} << 30;  // budget for items in flight
  OnError on_error = OnError::skip;
  FailureLimit max_failures;
  // Whether the run looks at the entry with this key; null: it looks at all. Called from one
  // thread.
  std::function<bool(const std::string& key)> takes = nullptr;
  // The shard of the source's entries that is run; nullopt: all entries.
  std::optional<ShardOfListing> part = {};
  ResumeOptions resume;
  // How long nodes may work on one item; 0: no limit. Work that exceeds it is asked to end (error
  // timeout). If that work is still stuck half a second later, its item is reported as failed,
  // whatever becomes of the work.
  std::int64_t item_timeout_ns = 0;
  // Called with the result when a run has to end although a thread is stuck, or oneTBB is, which
  // has run out of memory; from a thread of the run's own. The executor's run() may then never
  // return. Null: the run waits for what is stuck. Requires: this function does not return before
  // the process ends or what is stuck has come back.
  std::function<void(RunResult)> abandoned = nullptr;
  std::stop_token stop;  // once requested, no item is admitted and those in flight are cancelled
  // `measured`: measures the memory that each item really holds. Only the serial executor does so,
  // as its items follow one another. It resets the process's peak resident size, and costs some 20
  // µs an item.
  ItemMemory item_memory = ItemMemory::estimated;
  // `recorded`: keeps a record of every execution, for RunResult::visits.
  Visits visits = Visits::counted;
  // `solo_phases`: short phases at one worker during a run at many (solo_calibration.h), which cost
  // up to a tenth of the time. Takes effect only with Visits::recorded.
  Calibration calibration = Calibration::none;
  // Progress of every node, updated during the run (progress_counters.h); null: not watched.
  // Outlives the run.
  ProgressCounters* watch = nullptr;
};

}  // namespace imagemill
