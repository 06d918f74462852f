// Counters of one thread at one stage, which other threads may read meanwhile. Internal to the
// engine.
#pragma once

#include <array>
#include <atomic>

#include "engine/metrics/run_report.h"

namespace imagemill {

// A number that one thread adds to and any thread reads. It costs the writer no more than a plain
// number.
template <class T>
class Counter {
 public:
  Counter& operator+=(T more) {
    value_.store(value_.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
    return *this;
  }
  Counter& operator++() { return *this += 1; }
  operator T() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<T> value_ = 0;
};

// The counters that become a StageShard, which says what each member counts.
struct StageCounters {
  Counter<std::uint64_t> count;
  Counter<std::uint64_t> failed;
  Counter<std::uint64_t> skipped;
  Counter<std::int64_t> service_ns;
  Counter<std::int64_t> cpu_ns;
  Counter<std::int64_t> cpu_of_ns;
  Counter<std::int64_t> queue_wait_ns;
  Counter<std::int64_t> setup_ns;
  Counter<std::uint64_t> bytes_in;
  Counter<std::uint64_t> bytes_out;
  std::array<Counter<std::uint32_t>, Histogram::kBuckets> service;

  void add_service(std::int64_t ns) { ++service[Histogram::bucket_of(ns)]; }
  // Whether to read the thread's CPU clock around the next execution. The system call costs as much
  // as a short execution, so one in 16 of those stands for all.
  bool reads_cpu_clock() const;
  // A copy of the counters, from any thread. Additions made meanwhile may be in some numbers and
  // not in others.
  StageShard snapshot() const;
};

}  // namespace imagemill
