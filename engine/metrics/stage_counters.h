// What one thread counts of one stage while others may look on. Internal to the engine.
#pragma once

#include <array>
#include <atomic>

#include "engine/metrics/run_report.h"

namespace imagemill {

// A number that one thread adds to and any thread reads. Costs the writer what a plain number does.
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

// As StageShard, which says what each of them counts.
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
  // Whether to read the thread's CPU clock around the next execution. It costs a system call, as
  // much as a short execution itself: of those one in 16 stands for all.
  bool reads_cpu_clock() const;
  // Any thread. What is added meanwhile is in it or not, number by number.
  StageShard snapshot() const;
};

}  // namespace imagemill
