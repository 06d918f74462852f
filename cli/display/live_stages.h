// Live table of the stages of a run.
#pragma once

#include <string>
#include <vector>

#include "engine/metrics/progress_counters.h"

namespace imagemill::cli {

// Samples the counters of a run that goes on meanwhile. Not thread-safe itself.
class LiveStages {
 public:
  // Time constant of the running means, long enough for a person to read a number.
  static constexpr double kMeanOver = 1;  // seconds

  explicit LiveStages(const ProgressCounters& run) : run_(run) {}

  // Takes a sample; more samples give better means. `now_ns` must not decrease.
  void look(std::int64_t now_ns);
  // A heading and one line for each stage: rate, share of its limit in use, packets waiting, and
  // executions at work. Empty before the run has begun.
  std::vector<std::string> lines() const;

 private:
  struct Mean {
    double per_s = 0;    // executions
    double running = 0;  // executions at once
  };

  const ProgressCounters& run_;
  std::int64_t begun_ns_ = 0;
  std::int64_t last_ns_ = 0;
  std::vector<ProgressCounters::Standing> standings_;
  std::vector<Mean> means_;
};

}  // namespace imagemill::cli
