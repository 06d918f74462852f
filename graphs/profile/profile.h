// Profile of a run: where its time went, and what would help.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/run/executor.h"
#include "graphs/profile/timeline.h"
#include "graphs/stats/work_inflation.h"

namespace imagemill {

// One stage of a profile. Seconds are sums over executions, on workers and on a stage's own threads
// alike.
struct StageProfile {
  std::string node;
  std::string type;
  bool on_workers = false;
  int limit = 0;  // executions at once; 0: as many as there are workers

  std::uint64_t visits = 0;  // executions
  std::uint64_t failed = 0;
  Histogram service;
  double service_s = 0;        // wall time
  double cpu_s = 0;            // CPU time
  double blocked_s = 0;        // service_s − cpu_s: I/O, page faults, locks, preemption
  double setup_s = 0;          // making the state kept for each thread
  std::uint64_t bytes_in = 0;  // size of payloads in memory
  std::uint64_t bytes_out = 0;
  std::uint64_t pixels_in = 0;
  std::uint64_t pixels_out = 0;

  // Mean of executions at once ÷ limit (or workers), outside the calibration phases.
  double utilisation = 0;
  StageTimes times;
  // Work inflation, from the calibration phases; nullopt for a stage off the workers, or without
  // data.
  std::optional<Inflation> inflation;

  // Estimate of `service_s` at one worker; `service_s` itself if the inflation is unknown.
  double alone_s() const { return inflation ? inflation->alone_s : service_s; }

  // Amdahl's serial fraction of the stage, outside the calibration phases (at one worker). Seconds
  // in which exactly one worker was busy, and in this stage, ÷ all busy seconds of workers. nullopt
  // with a single worker.
  std::optional<double> exclusive_fraction;
  std::optional<double> exclusive_share_of_wall;
  // Work of the stage ÷ (limit × all work); its reciprocal caps the speed-up. nullopt without a
  // limit.
  std::optional<double> capacity_fraction;
};

// Upper bound on the rate of a run.
struct Bound {
  enum class By : std::uint8_t {
    workers,  // all workers busy all the time
    limit,    // a stage's limit in use all the time
    // Bounds of a prediction, all the time: as many items in flight as allowed; the whole memory
    // budget in use; all CPUs busy, if fewer than the workers.
    in_flight,
    memory,
    cpus,
  };
  By by = By::workers;
  std::size_t node = 0;  // node of By::limit
  double items_per_s = 0;
};

// Items of one range of sizes.
struct SizeClass {
  double from_megapixels = 0;
  double to_megapixels = 0;  // infinite for the last class
  std::uint64_t items = 0;
  double megapixels = 0;  // sum over the items
  double worker_s = 0;
  double exclusive_s = 0;  // exactly one worker was busy, with one of these items
};

struct Profile {
  std::string graph;
  int workers = 0;
  std::uint64_t items = 0;  // ended items
  double wall_s = 0;
  double images_per_s = 0;

  double start_up_s = 0;     // CPU time of the process until the graph was opened
  double process_cpu_s = 0;  // CPU time of the process during the run, all threads
  double stages_cpu_s = 0;   // part of process_cpu_s booked to stages
  double admission_s = 0;    // wait of items for memory, or for others to end
  double in_flight_s = 0;    // from admission to the end, summed over items
  double turn_s = 0;         // wait of items for earlier ones in the source's order

  std::vector<StageProfile> stages;  // in topological order
  Timeline timeline;
  std::vector<Bound> bounds;  // lowest first
  std::vector<SizeClass> sizes;
  std::uint64_t lost_visits = 0;

  double worker_seconds() const { return workers * wall_s; }
  // Worker-seconds in which the calibration phases kept the other workers idle.
  double calibration_s() const { return timeline.idle_s(Idle::calibration); }
  // Rate of the run outside the calibration phases.
  double uncalibrated_images_per_s() const;
  // Fraction of the process's CPU time that no stage accounts for.
  double unexplained_cpu() const;
};

// Profile of a run on the flow executor with recorded visits.
Profile make_profile(const std::string& name, const Graph& graph, const RunResult& run);

// Changed settings for bounds_of(): more workers, or another limit or service time of one node.
struct WhatIf {
  int more_workers = 0;
  std::optional<std::size_t> node = {};  // node that the next two members change
  int more_limit = 0;
  double service_factor = 1;
};
// Upper bounds on items/s, lowest first, from the cost of an item in each stage.
std::vector<Bound> bounds_of(const Profile& profile, const WhatIf& what_if = {});

// Verdict in sentences: what limits the run, how far the next limit is, and what would help.
std::vector<std::string> verdict(const Profile& profile);

}  // namespace imagemill
