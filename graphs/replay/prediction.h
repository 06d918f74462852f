// Prediction of a graph's rate with other numbers of workers, limits or memory: a replay of a
// recorded run, beside bounds and laws that need no replay.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "graphs/replay/replay.h"
#include "graphs/stats/scaling_laws.h"

namespace imagemill {

struct PredictionRequest {
  std::vector<int> workers;
  int cpus = 0;  // 0: at least as many as workers
  std::uint64_t memory_bytes = 0;
  // Measured images/s of the graph asked about, on the recorded machine.
  std::vector<RatesAt> measured = {};
  std::vector<std::string> changes = {};  // differences from the recorded run, for a person
};

struct PredictedPoint {
  int workers = 1;
  bool beyond_machine = false;  // more workers than CPUs of the recorded machine
  Estimate images_per_s;        // 90 % interval
  // Upper bounds from executions beside no other work, lowest first. No replay exceeds them.
  std::vector<Bound> bounds;
  // Lowest bound of workers and limits, from execution times as recorded: the estimate for a
  // pipeline that needs no replay.
  double baseline = 0;
  std::optional<double> amdahl;      // from the recorded serial fraction and one worker's replay
  std::optional<double> usl;         // from the measurements, if they are enough
  std::optional<Estimate> measured;  // median, least, most
  Profile profile;                   // of the replay

  double wall_s(std::uint64_t items) const {
    return static_cast<double>(items) / images_per_s.value;
  }
  // Error of the prediction, relative to the measurement; nullopt without one.
  std::optional<double> error() const;
};

struct Prediction {
  static constexpr double kWorstShown = 0.2;  // error

  std::string graph;
  std::uint64_t items = 0;  // admitted items of the recorded run
  int recorded_workers = 0;
  int recorded_cpus = 0;
  double recorded_images_per_s = 0;
  // Error of the replay with the recorded settings, relative to the measurement.
  double self_error = 0;
  bool calibrated = false;  // true if the contention of some stage is known
  int cpus = 0;             // CPUs asked about; 0: at least as many as workers
  double other_error = 0;   // largest error at measured numbers of workers not asked for
  std::vector<std::string> changes;
  std::vector<std::string> not_calibrated;  // stages whose contention is unknown
  std::vector<PredictedPoint> points;       // in the order of the request
  Estimate one_worker;                      // images/s, to which speed-up is relative

  // Largest of self_error and the errors at all measured points.
  double worst_error() const;
  // True if the replay is credible; otherwise only the bounds count.
  bool shown() const { return worst_error() <= kWorstShown; }
};

// Replays `recorded` (through the graph as recorded) and `asked` (through the graph asked about).
// Deterministic.
//
// The interval comes from resampling. Items are redrawn in blocks of neighbours (Künsch, 1989).
// Each stage's contention is redrawn from its own interval. Of the resampled rates, 5 % lie below
// the interval and 5 % above.
Prediction predict(const std::string& name, const Replay& recorded, const Replay& asked,
                   const PredictionRequest& request);

// Findings in sentences: credibility, what would limit the graph, assumptions.
std::vector<std::string> findings(const Prediction& prediction);

// Rate of a replay of all recorded items. If those are a part of the run, the time between lead-in
// and lead-out is scaled to the whole run.
double images_per_s(const Replay& replay, const ReplayOptions& options);

// Upper bounds on a replay's images/s, the lowest first.
std::vector<Bound> bounds_of(const Replay& replay, const ReplayOptions& options);

}  // namespace imagemill
