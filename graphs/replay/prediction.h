// What a graph would do with other numbers of workers, limits or memory: a replay of a recorded
// run, beside what is known without one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "graphs/replay/replay.h"
#include "graphs/stats/scaling_laws.h"

namespace imagemill {

struct PredictionRequest {
  std::vector<int> workers;
  int cpus = 0;  // 0: at least as many as there are workers
  std::uint64_t memory_bytes = 0;
  // images/s, of the graph as it is asked about, on the machine that was recorded on.
  std::vector<RatesAt> measured = {};
  std::vector<std::string> changes = {};  // what differs from the recorded run, for a person
};

struct PredictedPoint {
  int workers = 1;
  bool beyond_machine = false;  // more than the CPUs of the machine that was recorded on
  Estimate images_per_s;        // 90 % interval
  // Upper bounds, the lowest first, from executions beside nobody. No replay exceeds them.
  std::vector<Bound> bounds;
  // The lowest bound of workers and limits, from executions as they were recorded: what one expects
  // of a pipeline without a replay.
  double baseline = 0;
  std::optional<double> amdahl;      // from the recorded serial fraction and one worker's replay
  std::optional<double> usl;         // from what was measured, where that is enough
  std::optional<Estimate> measured;  // median, least, most
  Profile profile;                   // of the replay

  double wall_s(std::uint64_t items) const {
    return static_cast<double>(items) / images_per_s.value;
  }
  // Of the prediction, relative to what was measured.
  std::optional<double> error() const;
};

struct Prediction {
  static constexpr double kWorstShown = 0.2;  // error

  std::string graph;
  std::uint64_t items = 0;  // of the recorded run, that were admitted
  int recorded_workers = 0;
  int recorded_cpus = 0;
  double recorded_images_per_s = 0;
  // Of the replay of the recorded run as it was, relative to what was measured.
  double self_error = 0;
  bool calibrated = false;  // whether how much longer work takes beside other work is known of any
  int cpus = 0;             // that were asked about; 0: at least as many as workers
  double other_error =
      0;  // the largest, of numbers of workers that were measured, but not asked for
  std::vector<std::string> changes;
  std::vector<std::string> not_calibrated;  // stages that nothing is known of beside others
  std::vector<PredictedPoint> points;       // in the order of the request
  Estimate one_worker;                      // images/s, to which speed-up is relative

  // The largest, of self_error and of all that was measured.
  double worst_error() const;
  // Whether the replay may be believed: else only the bounds count.
  bool shown() const { return worst_error() <= kWorstShown; }
};

// `recorded` is the replay through the graph as it was recorded, `asked` through the one that is
// asked about. Deterministic.
//
// The interval: items are drawn anew, in blocks that follow one another (Künsch, 1989), and so is
// how much stages take longer beside others, from its own interval; 5 % of what comes out lies
// below it, and 5 % above.
Prediction predict(const std::string& name, const Replay& recorded, const Replay& asked,
                   const PredictionRequest& request);

// In sentences: how far it can be believed, what would limit the graph, what was assumed.
std::vector<std::string> findings(const Prediction& prediction);

// Of a replay of all that was recorded; what begins and ends a run weighs less where that is a part
// of it.
double images_per_s(const Replay& replay, const ReplayOptions& options);

// Upper bounds on a replay's images/s, the lowest first.
std::vector<Bound> bounds_of(const Replay& replay, const ReplayOptions& options);

}  // namespace imagemill
