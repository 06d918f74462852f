#include "engine/metrics/run_report.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace imagemill {

std::size_t Histogram::bucket_of(std::int64_t ns) {
  const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(ns, 0)) + kSteps;
  const auto octave = static_cast<unsigned>(std::bit_width(value) - std::bit_width(kSteps));
  const std::size_t bucket = octave * kSteps + (value >> octave) - kSteps;
  return std::min(bucket, kBuckets - 1);
}

void Histogram::merge(const Histogram& other) {
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
}

std::vector<Histogram::Bucket> Histogram::buckets() const {
  std::vector<Bucket> result;
  for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket) {
    if (counts_[bucket] == 0) continue;
    const double low = low_ns(bucket);
    result.push_back({low * 1e-9, (low + width_ns(bucket)) * 1e-9, counts_[bucket]});
  }
  return result;
}

double Histogram::low_ns(std::size_t bucket) {
  return std::ldexp(static_cast<double>(bucket % kSteps + kSteps),
                    static_cast<int>(bucket / kSteps)) -
         kSteps;
}

double Histogram::width_ns(std::size_t bucket) {
  return std::ldexp(1.0, static_cast<int>(bucket / kSteps));
}

double Histogram::quantile(double q) const {
  const auto total = std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
  if (total == 0) return 0;
  const auto rank = static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(total)));
  std::uint64_t seen = 0;
  std::size_t bucket = 0;
  while ((seen += counts_[bucket]) < std::max<std::uint64_t>(rank, 1)) ++bucket;
  return (low_ns(bucket) + (width_ns(bucket) - 1) / 2) * 1e-9;
}

std::int64_t StageShard::total_cpu_ns() const {
  if (cpu_of_ns == service_ns || cpu_of_ns == 0) return cpu_ns;
  return std::llround(static_cast<double>(cpu_ns) * static_cast<double>(service_ns) /
                      static_cast<double>(cpu_of_ns));
}

void StageShard::merge(const StageShard& other) {
  count += other.count;
  failed += other.failed;
  skipped += other.skipped;
  service_ns += other.service_ns;
  cpu_ns += other.total_cpu_ns();
  cpu_of_ns += other.service_ns;
  queue_wait_ns += other.queue_wait_ns;
  setup_ns += other.setup_ns;
  bytes_in += other.bytes_in;
  bytes_out += other.bytes_out;
  service.merge(other.service);
}

}  // namespace imagemill
