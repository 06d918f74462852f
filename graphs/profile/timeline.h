// What the workers of a run did at every instant, swept from the records of its executions.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/metrics/execution_log.h"
#include "engine/metrics/solo_calibration.h"

namespace imagemill {

// What a sweep must know of a node.
struct TimelineStage {
  bool on_workers = false;  // or on threads of its own
  int limit = 0;            // executions at once; 0: no limit of its own
};

// How long executions of a stage waited, in seconds, summed over them. The parts add up to the time
// between ready and begun.
struct Waits {
  double limit_s = 0;        // the stage was at its own limit
  double workers_s = 0;      // it was not, but every worker was busy
  double calibration_s = 0;  // it was not, but it was a phase at one worker
  double scheduler_s = 0;    // none of these: what it took to begin
  double partners_s = 0;     // before that: of a join, from its first input to its last
};

// Why a worker had nothing to do.
enum class Idle : std::uint8_t {
  limit,  // of a stage, at which work waited; or of a stage off the workers, behind which they wait
  memory,       // admission waited for the budget
  in_flight,    // … for an item to end: as many were in flight as may be
  source,       // the source was reading (`node` 0), or a stage off the workers was at work alone
  listing,      // nothing was known to read
  tail,         // nothing was left to read: the last items
  calibration,  // there was work, in a phase at one worker
  scheduler,    // there was work, and nobody had begun it
};

struct IdleTime {
  Idle cause;
  std::size_t node;  // of `limit` and `source`
  double seconds;    // of workers
};

// Apart from `waits` and `mean_at_once`, without the phases at one worker.
struct StageTimes {
  std::vector<double> at_once_s;  // by the number of executions at once, from 0: seconds
  double exclusive_s = 0;         // while exactly one worker was busy, and it was here
  Waits waits;
  std::vector<double> mean_at_once;  // in each of kBuckets equal parts of the run
};

struct Timeline {
  static constexpr std::size_t kBuckets = 60;

  double wall_s = 0;
  std::vector<double> busy_workers_s;  // by the number of busy workers, from 0: seconds
  std::vector<StageTimes> stages;      // by node
  std::vector<IdleTime> idle;          // the longest first
  double solo_s = 0;                   // phases at one worker …
  double solo_busy_s = 0;              // … in which workers were busy so long

  double busy_s() const;  // of workers
  double idle_s() const;
  double idle_s(Idle cause) const;  // of one cause
};

// Sweeps the records of one run, from `begin_ns` to `end_ns`. `visits` are sorted by the time at
// which they began; `solo` are the phases at one worker. Cost: n log n; memory: some 100 bytes a
// record.
Timeline sweep(std::span<const TimelineStage> stages, int workers, std::int64_t begin_ns,
               std::int64_t end_ns, std::span<const Visit> visits,
               std::span<const SoloPhase> solo = {});

}  // namespace imagemill
