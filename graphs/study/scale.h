// A scaling study: one graph, serially and with several numbers of workers, measured in turn.
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

// What is measured one way.
struct ScalePoint {
  // "serial": a plain loop; "flow": the flow graph; "distributed": shards, on processes of one
  // flow graph each.
  std::string mode;
  int workers = 1;              // of all processes
  std::vector<double> wall_s;   // by repeat
  bool beyond_machine = false;  // more workers than CPUs: measured, but no evidence of scaling
  // Of the repeat in the middle: a profile, or, where it was distributed, a record of that.
  Profile profile;
  std::optional<ClusterRecord> cluster = {};

  double median_s() const { return median(wall_s); }
};

// Why a number of workers is not so many times as fast as one.
struct ScalingLoss {
  enum class By : std::uint8_t {
    inflation,  // a stage takes longer than in the serial run
    idle,       // workers had nothing to do
  };
  By by = By::idle;
  std::size_t node = 0;          // of `inflation`, and of an idle cause that has one
  Idle cause = Idle::scheduler;  // of `idle`
  double worker_s = 0;
};

struct ScaleStudy {
  std::string graph;
  Machine machine;
  std::uint64_t items = 0;  // that ended, in each run …
  ItemCounts counts;        // … and how, in the first serial one
  std::uint64_t outputs = 0;
  std::vector<ScalePoint> points;  // the serial one first, then by workers
  std::vector<std::string>
      different;  // outputs that are not the serial run's; none, or it is a fault

  const ScalePoint& serial() const { return points.front(); }
  // Against the serial run, by the medians.
  double speedup(const ScalePoint& point) const;
  // By repeat, against the serial run of the same repeat: its spread.
  Estimate speedup_range(const ScalePoint& point) const;
  double images_per_s(const ScalePoint& point) const;
  // The largest first: worker-seconds that the point took beyond the serial run's. They add up to
  // all that it took beyond, but for making scratch, and for I/O, which has threads of its own.
  // None where executions could not be recorded.
  std::vector<ScalingLoss> losses(const ScalePoint& point) const;
  // The first number of workers whose efficiency is below kLinear in every repeat.
  static constexpr double kLinear = 0.95;
  const ScalePoint* leaves_linear() const;
  // The fastest within the machine; of those that are as fast within 2 %, the one with the fewest
  // workers.
  const ScalePoint& best() const;
  // From the counts within the machine's CPUs, if there are enough of them.
  std::optional<Usl> usl() const;
};

// Runs every way once a repeat, in turn, into folders below `scratch` that are removed, and
// compares all outputs with the first serial run's. `next` is told what comes. The first round,
// which fills the caches, is thrown away.
struct ScaleOptions {
  RunOptions run;
  std::vector<int> workers;  // in any order
  // Runs the graph into a new folder, on so many workers in all; null: not so. Each of `nodes`
  // processes has as many: numbers of workers that cannot be shared out are left out.
  std::function<Result<ClusterRecord>(int workers, const std::filesystem::path& output)>
      distributed = nullptr;
  int nodes = 2;
  enum class Flow { measured, left_out };
  Flow flow = Flow::measured;
  int repeats = 3;
  std::function<void(const std::string& what)> next = [](const std::string&) {};
};
Result<ScaleStudy> scale(const std::string& name, const Graph& graph, const ScaleOptions& options,
                         const std::filesystem::path& scratch, Machine machine,
                         RunObserver& observer);

// What the study shows, in sentences.
std::vector<std::string> findings(const ScaleStudy& study);

}  // namespace imagemill
