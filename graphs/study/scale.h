// Scaling study: one graph, measured serially and with several numbers of workers, in turn.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/run/executor.h"
#include "graphs/profile/profile.h"
#include "graphs/records/machine.h"
#include "graphs/shards/cluster_record.h"
#include "graphs/stats/scaling_laws.h"

namespace imagemill {

// One way of running the graph, and its measurements.
struct ScalePoint {
  // "serial": a plain loop; "flow": the flow graph; "distributed": shards on several processes,
  // each with a flow graph.
  std::string mode;
  int workers = 1;              // sum over all processes
  std::vector<double> wall_s;   // one a repeat
  bool beyond_machine = false;  // more workers than CPUs: no evidence of scaling
  // Profile of the repeat with the median time; unset if distributed.
  Profile profile;
  // Record of the repeat with the median time if distributed, else nullopt.
  std::optional<ClusterRecord> cluster = {};

  double median_s() const { return median(wall_s); }
};

// A reason why p workers are less than p times as fast as one.
struct ScalingLoss {
  enum class By : std::uint8_t {
    inflation,  // longer service time than in the serial run
    idle,       // idle workers
  };
  By by = By::idle;
  std::size_t node = 0;          // node of By::inflation, and of an idle cause that has a node
  Idle cause = Idle::scheduler;  // cause of By::idle
  double worker_s = 0;
};

struct ScaleStudy {
  std::string graph;
  Machine machine;
  std::uint64_t items = 0;  // ended items, in each run …
  ItemCounts counts;        // … and the outcomes in the first serial one
  std::uint64_t outputs = 0;
  std::vector<ScalePoint> points;  // serial first, then by workers
  std::vector<std::string>
      different;  // outputs that differ from the serial run's; a fault unless empty

  const ScalePoint& serial() const { return points.front(); }
  // Speed-up against the serial run, from the medians.
  double speedup(const ScalePoint& point) const;
  // Speed-up with the range over the repeats, each against the serial run of the same repeat.
  Estimate speedup_range(const ScalePoint& point) const;
  double images_per_s(const ScalePoint& point) const;
  // Worker-seconds of the point beyond the serial run's, by reason, largest first. They add up to
  // all extra worker-seconds, except for setup and I/O, which has threads of its own. Empty if
  // distributed, or if records of executions were lost.
  std::vector<ScalingLoss> losses(const ScalePoint& point) const;
  // Efficiency up to which scaling counts as linear.
  static constexpr double kLinear = 0.95;
  // Point with the fewest workers whose efficiency is below kLinear in every repeat; null if none
  // is. Looks at "flow" within the machine's CPUs.
  const ScalePoint* leaves_linear() const;
  // Fastest point within the machine's CPUs; among those within 2 % of it, the one with fewest
  // workers.
  const ScalePoint& best() const;
  // Fit to the "flow" points within the machine's CPUs; nullopt if fit_usl() returns it.
  std::optional<Usl> usl() const;
};

// Options of scale().
struct ScaleOptions {
  RunOptions run;
  std::vector<int> workers;  // numbers of workers, in any order
  // Runs the graph into the new folder `output` on `workers` workers in all; null: no distributed
  // runs. Each of `nodes` processes has as many workers; numbers that `nodes` does not divide are
  // left out.
  std::function<Result<ClusterRecord>(int workers, const std::filesystem::path& output)>
      distributed = nullptr;
  int nodes = 2;
  enum class Flow { measured, left_out };
  Flow flow = Flow::measured;
  int repeats = 3;
  // Called before each run with a description of it.
  std::function<void(const std::string& what)> next = [](const std::string&) {};
};
// Runs each way once a repeat, in turn, into folders below `scratch`, which are removed. Compares
// all outputs with those of the first serial run. Warms the caches first by one serial run, whose
// times are discarded.
Result<ScaleStudy> scale(const std::string& name, const Graph& graph, const ScaleOptions& options,
                         const std::filesystem::path& scratch, Machine machine,
                         RunObserver& observer);

// Findings of the study in sentences.
std::vector<std::string> findings(const ScaleStudy& study);

}  // namespace imagemill
