#include "engine/metrics/stage_counters.h"

namespace imagemill {

bool StageCounters::reads_cpu_clock() const {
  constexpr std::int64_t kShortNs = 50'000;
  constexpr std::uint64_t kSample = 16;
  const auto executions = static_cast<std::int64_t>(count);
  return count % kSample == 1 || service_ns > kShortNs * executions;
}

StageShard StageCounters::snapshot() const {
  StageShard shard{.count = count,
                   .failed = failed,
                   .skipped = skipped,
                   .service_ns = service_ns,
                   .cpu_ns = cpu_ns,
                   .cpu_of_ns = cpu_of_ns,
                   .queue_wait_ns = queue_wait_ns,
                   .setup_ns = setup_ns,
                   .bytes_in = bytes_in,
                   .bytes_out = bytes_out,
                   .service = {}};
  for (std::size_t i = 0; i < service.size(); ++i) shard.service.add_to_bucket(i, service[i]);
  return shard;
}

}  // namespace imagemill
