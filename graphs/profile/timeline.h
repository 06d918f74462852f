// Timeline: what the workers of a run did at every instant, from the records of its executions.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/metrics/execution_log.h"
#include "engine/metrics/solo_calibration.h"

namespace imagemill {

// Properties of a node that sweep() needs.
struct TimelineStage {
  bool on_workers = false;  // false: on threads of its own
  int limit = 0;            // executions at once; 0: no limit of its own
};

// Waiting time of a stage's executions, in seconds, summed over executions. All members but
// `partners_s` add up to the time between ready and begun.
struct Waits {
  double limit_s = 0;        // at the stage's own limit
  double workers_s = 0;      // below the limit, but every worker was busy
  double calibration_s = 0;  // below the limit, but in a calibration phase
  double scheduler_s = 0;    // the rest: latency of the scheduler
  double partners_s = 0;     // before ready: of a join, from its first input to its last
};

// Cause of a worker's idle time.
enum class Idle : std::uint8_t {
  limit,        // work waited at a stage's limit, or workers waited behind a stage off the workers
  memory,       // admission waited for the memory budget
  in_flight,    // admission waited for an item to end, with as many in flight as allowed
  source,       // only the source (`node` 0) or another stage off the workers was busy
  listing,      // the source had no entry to read yet
  tail,         // the source had ended: the last items
  calibration,  // work waited during a calibration phase
  scheduler,    // work waited, and no worker had begun it
};

struct IdleTime {
  Idle cause;
  std::size_t node;  // node of Idle::limit and Idle::source
  double seconds;    // worker-seconds
};

// Times of a stage. All but `waits` and `mean_at_once` leave out the calibration phases.
struct StageTimes {
  std::vector<double> at_once_s;  // seconds by number of executions at once, from 0
  double exclusive_s = 0;         // exactly one worker was busy, in this stage
  Waits waits;
  std::vector<double> mean_at_once;  // mean in each of kBuckets equal parts of the run
};

struct Timeline {
  static constexpr std::size_t kBuckets = 60;

  double wall_s = 0;
  std::vector<double> busy_workers_s;  // seconds by number of busy workers, from 0
  std::vector<StageTimes> stages;      // by node
  std::vector<IdleTime> idle;          // longest first
  double solo_s = 0;                   // length of the calibration phases …
  double solo_busy_s = 0;              // … and busy worker-seconds in them

  double busy_s() const;  // worker-seconds
  double idle_s() const;
  double idle_s(Idle cause) const;  // due to one cause
};

// Sweeps the records of one run, from `begin_ns` to `end_ns`. `visits` are sorted by start; `solo`
// are the calibration phases, each at one worker. Cost: n log n; memory: some 100 bytes a record.
Timeline sweep(std::span<const TimelineStage> stages, int workers, std::int64_t begin_ns,
               std::int64_t end_ns, std::span<const Visit> visits,
               std::span<const SoloPhase> solo = {});

}  // namespace imagemill
