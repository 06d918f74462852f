// Where the time of a run went, and what would help.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/run/executor.h"
#include "graphs/profile/timeline.h"
#include "graphs/stats/work_inflation.h"

namespace imagemill {

// One stage of a profile. Seconds are sums over executions; those of workers and of threads of a
// stage's own alike.
struct StageProfile {
  std::string node;
  std::string type;
  bool on_workers = false;
  int limit = 0;  // executions at once; 0: as many as there are workers

  std::uint64_t visits = 0;  // executions
  std::uint64_t failed = 0;
  Histogram service;
  double service_s = 0;        // wall time
  double cpu_s = 0;            // on a CPU
  double blocked_s = 0;        // service_s − cpu_s: I/O, page faults, locks, preemption
  double setup_s = 0;          // making what it keeps for each thread
  std::uint64_t bytes_in = 0;  // payloads in memory
  std::uint64_t bytes_out = 0;
  std::uint64_t pixels_in = 0;
  std::uint64_t pixels_out = 0;

  // Mean of executions at once ÷ limit, or workers; without the phases at one worker.
  double utilisation = 0;
  StageTimes times;
  // Of a stage on workers, from the phases at one worker: without them none.
  std::optional<Inflation> inflation;

  // What its executions would have taken at one worker, as far as that is known.
  double alone_s() const { return inflation ? inflation->alone_s : service_s; }

  // Amdahl's serial fraction: seconds in which exactly one worker was busy, and in this stage, ÷
  // all busy seconds of workers, both without the phases at one worker. Of a single worker it says
  // nothing, and is none.
  std::optional<double> exclusive_fraction;
  std::optional<double> exclusive_share_of_wall;
  // Its work ÷ (limit × all work): it caps the speed-up at the reciprocal. None without a limit.
  std::optional<double> capacity_fraction;
};

// Why a run is no faster: an upper bound on its rate.
struct Bound {
  enum class By : std::uint8_t {
    workers,  // all of them busy all the time
    limit,    // of a stage, in use all the time
    // Of a prediction: as many items in flight as may be, all of the budget in use, or all CPUs
    // that fewer than the workers are, all the time.
    in_flight,
    memory,
    cpus,
  };
  By by = By::workers;
  std::size_t node = 0;  // of `limit`
  double items_per_s = 0;
};

// The items of one range of sizes.
struct SizeClass {
  double from_megapixels = 0;
  double to_megapixels = 0;  // infinite for the last
  std::uint64_t items = 0;
  double megapixels = 0;  // of all of them
  double worker_s = 0;
  double exclusive_s = 0;  // while exactly one worker was busy, and it was with one of these
};

struct Profile {
  std::string graph;
  int workers = 0;
  std::uint64_t items = 0;  // that ended
  double wall_s = 0;
  double images_per_s = 0;

  double start_up_s = 0;     // CPU time of the process before the graph was opened
  double process_cpu_s = 0;  // of the process during the run, all threads
  double stages_cpu_s = 0;   // of which booked to stages
  double admission_s = 0;    // that items waited for memory, or for others to end
  double in_flight_s = 0;    // between admission and the end, summed over the items
  double turn_s = 0;         // that items waited for those before them in the source's order

  std::vector<StageProfile> stages;  // in topological order
  Timeline timeline;
  std::vector<Bound> bounds;  // the lowest first
  std::vector<SizeClass> sizes;
  std::uint64_t lost_visits = 0;

  double worker_seconds() const { return workers * wall_s; }
  // What the phases at one worker kept the others from doing: worker-seconds.
  double calibration_s() const { return timeline.idle_s(Idle::calibration); }
  // The rate that the run had without them.
  double uncalibrated_images_per_s() const;
  // The share of the process's CPU time that no stage accounts for.
  double unexplained_cpu() const;
};

// From a run on the flow executor whose visits were recorded.
Profile make_profile(const std::string& name, const Graph& graph, const RunResult& run);

// Upper bounds on items/s from what each stage takes of an item, with other numbers of workers,
// limits or service times: what-ifs. The lowest first.
struct WhatIf {
  int more_workers = 0;
  std::optional<std::size_t> node = {};  // which the next two are about
  int more_limit = 0;
  double service_factor = 1;
};
std::vector<Bound> bounds_of(const Profile& profile, const WhatIf& what_if = {});

// The verdict, in sentences: what limits the run, how far the next limit is, and what would help.
std::vector<std::string> verdict(const Profile& profile);

}  // namespace imagemill
