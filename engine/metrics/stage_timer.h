// The timer of one execution. Internal to the engine.
#pragma once

#include "engine/base/clock.h"
#include "engine/metrics/execution_log.h"
#include "engine/metrics/stage_counters.h"

namespace imagemill {

// Measures from construction to stop().
class StageTimer {
 public:
  explicit StageTimer(StageCounters& counters)
      : counters_(counters),
        reads_cpu_(counters.reads_cpu_clock()),
        start_(now_ns()),
        cpu_start_(reads_cpu_ ? thread_cpu_ns() : 0) {}

  std::int64_t start_ns() const { return start_; }
  // Ends the measurement, adds the time to the counters, and returns it in nanoseconds.
  std::int64_t stop() {
    cpu_ = reads_cpu_ ? thread_cpu_ns() - cpu_start_ : 0;
    end_ = now_ns();
    const std::int64_t elapsed = end_ - start_;
    counters_.service_ns += elapsed;
    counters_.cpu_ns += cpu_;
    if (reads_cpu_) counters_.cpu_of_ns += elapsed;
    return elapsed;
  }
  // Requires: stopped.
  std::int64_t end_ns() const { return end_; }
  // A record with the times, without the item's fields. Requires: stopped.
  Visit visit(Visit::Kind kind) const {
    Visit visit;
    visit.kind = kind;
    visit.ready_ns = visit.start_ns = start_;
    visit.end_ns = end_;
    visit.cpu_ns = cpu_ns();
    return visit;
  }
  // CPU time of the execution; Visit::kNotRead if it was not read. Requires: stopped.
  std::int64_t cpu_ns() const { return reads_cpu_ ? cpu_ : Visit::kNotRead; }

 private:
  StageCounters& counters_;
  const bool reads_cpu_;
  const std::int64_t start_;
  const std::int64_t cpu_start_;
  std::int64_t cpu_ = 0;
  std::int64_t end_ = 0;
};

}  // namespace imagemill
