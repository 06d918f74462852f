// Timing one execution. Internal to the engine.
#pragma once

#include "engine/statistics.h"

namespace imagemill {

// Measures from construction to stop().
class StageTimer {
 public:
  explicit StageTimer(StageShard& shard)
      : shard_(shard),
        reads_cpu_(shard.reads_cpu_clock()),
        start_(now_ns()),
        cpu_start_(reads_cpu_ ? thread_cpu_ns() : 0) {}

  std::int64_t start_ns() const { return start_; }
  // Adds the time to the shard, and gives it.
  std::int64_t stop() {
    const std::int64_t cpu = reads_cpu_ ? thread_cpu_ns() - cpu_start_ : 0;
    end_ = now_ns();
    const std::int64_t elapsed = end_ - start_;
    shard_.service_ns += elapsed;
    shard_.cpu_ns += cpu;
    if (reads_cpu_) shard_.cpu_of_ns += elapsed;
    return elapsed;
  }
  // Requires: stopped.
  std::int64_t end_ns() const { return end_; }

 private:
  StageShard& shard_;
  const bool reads_cpu_;
  const std::int64_t start_;
  const std::int64_t cpu_start_;
  std::int64_t end_ = 0;
};

}  // namespace imagemill
