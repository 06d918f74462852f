// The measurements of a run, stage by stage.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "engine/node/loss.h"

namespace imagemill {

// A log-linear histogram of durations: 16 buckets to the octave, so that a percentile is within 6 %
// of the truth, in 2.6 KB. Not thread-safe.
class Histogram {
  static constexpr std::size_t kOctaves = 40;
  static constexpr std::size_t kSteps = 16;

 public:
  static constexpr std::size_t kBuckets = kOctaves * kSteps;
  static std::size_t bucket_of(std::int64_t ns);

  void add(std::int64_t ns, std::uint32_t times = 1) { add_to_bucket(bucket_of(ns), times); }
  void add_to_bucket(std::size_t bucket, std::uint32_t times) { counts_[bucket] += times; }
  void merge(const Histogram& other);
  // The value below which a share `q` (0 to 1) of the samples lies, in seconds; 0 without samples.
  double quantile(double q) const;

  struct Bucket {
    double from_s;
    double to_s;
    std::uint64_t count;
  };
  // The buckets that are not empty, in ascending order.
  std::vector<Bucket> buckets() const;

 private:
  static double low_ns(std::size_t bucket);
  static double width_ns(std::size_t bucket);
  std::array<std::uint32_t, kBuckets> counts_{};
};

// Measurements of one stage, by one thread or by all. Not thread-safe: while a run goes on, threads
// count in StageCounters.
struct StageShard {
  std::uint64_t count = 0;  // executions, the failed ones included
  std::uint64_t failed = 0;
  std::uint64_t skipped = 0;       // items that a choice here ended
  std::int64_t service_ns = 0;     // time in process(); at the source, in probe and load
  std::int64_t cpu_ns = 0;         // CPU time of those executions for which it was read
  std::int64_t cpu_of_ns = 0;      // service time of the executions in `cpu_ns`
  std::int64_t queue_wait_ns = 0;  // from ready to started
  std::int64_t setup_ns = 0;       // making scratch
  std::uint64_t bytes_in = 0;      // payloads taken, in memory
  std::uint64_t bytes_out = 0;     // payloads made
  Histogram service;

  // Estimated CPU time of all executions.
  std::int64_t total_cpu_ns() const;
  void merge(const StageShard& other);
};

struct StageStats {
  std::string node;
  std::string type;
  bool on_workers = false;  // false: on threads of its own
  int concurrency = 0;      // limit of executions at once
  StageShard total;
  std::string skip_reason;  // why a choice skips items; empty for other nodes
  double utilisation = 0;   // service time ÷ (wall time × concurrency)
};

struct ItemCounts {
  std::uint64_t admitted = 0;
  std::uint64_t ok = 0;
  std::uint64_t skipped = 0;
  std::uint64_t failed = 0;
  std::uint64_t cancelled = 0;
  std::uint64_t settled = 0;       // skipped since an earlier run had dealt with them; in `skipped`
  std::uint64_t failed_again = 0;  // failed before with the same input; counted in `failed` too

  std::uint64_t ended() const { return ok + skipped + failed + cancelled; }
  // Ended items whose outcome no earlier run had recorded.
  std::uint64_t newly_ended() const { return ended() - settled - failed_again; }
  std::uint64_t newly_failed() const { return failed - failed_again; }
};

// Memory of the items of one format: planned, and measured.
struct FormatMemory {
  std::uint64_t items = 0;
  std::uint64_t estimate_bytes = 0;  // the largest item's plan
  // Most bytes measured, beyond what the process held before the first item.
  std::uint64_t actual_bytes = 0;
};

struct RunReport {
  ItemCounts items;
  std::uint64_t ignored = 0;  // entries that are no items of this graph
  std::uint64_t former = 0;   // outputs of earlier runs that this run does not make
  std::uint64_t removed = 0;  // outputs of `former` that were removed
  LossCounts losses;
  double wall_s = 0;
  int workers = 0;
  std::string executor;
  std::uint64_t peak_rss_bytes = 0;  // peak resident memory of the process
  std::uint64_t memory_limit_bytes = 0;
  std::uint64_t memory_peak_bytes = 0;   // highest sum of the items' estimates
  std::uint64_t largest_item_bytes = 0;  // highest estimate of one item
  std::map<std::string, FormatMemory, std::less<>> formats;
  bool measured_items = false;     // whether `formats` has actual bytes
  double admission_wait_s = 0;     // time that sources waited for memory, summed over their threads
  std::vector<StageStats> stages;  // in topological order

  double images_per_s() const {
    return wall_s > 0 ? static_cast<double>(items.ended()) / wall_s : 0;
  }
};

}  // namespace imagemill
