// What the stages of a run are doing, for a person who watches.
#pragma once

#include <string>
#include <vector>

#include "engine/metrics/progress_counters.h"

namespace imagemill::cli {

// Looks at a run from time to time. Not thread-safe, but the run goes on meanwhile.
class LiveStages {
 public:
  // What is shown is a mean over about this time, so that it can be read.
  static constexpr double kMeanOver = 1;  // seconds

  explicit LiveStages(const RunWatch& run) : run_(run) {}

  // The more often, the better the means. `now_ns` does not decrease.
  void look(std::int64_t now_ns);
  // A heading and a line a stage: rate, how much of its limit is in use, what waits before it and
  // what is at work in it. Nothing before the run has begun.
  std::vector<std::string> lines() const;

 private:
  struct Mean {
    double per_s = 0;    // executions
    double running = 0;  // at once
  };

  const RunWatch& run_;
  std::int64_t begun_ns_ = 0;
  std::int64_t last_ns_ = 0;
  std::vector<RunWatch::Standing> standings_;
  std::vector<Mean> means_;
};

}  // namespace imagemill::cli
