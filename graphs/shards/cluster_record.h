// A run that was spread over worker processes, as `imagemill cluster run --json` records it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace imagemill {

struct ClusterRecord {
  struct Node {
    std::string name;  // HOST/WORKER
    std::uint64_t shards = 0;
    std::uint64_t images = 0;
    double busy_s = 0;  // in its shards' processes
    double share = 0;   // of the images
    double busy = 0;    // of the time from the first shard's beginning to the last one's end
  };
  // Seconds of a mean worker; with `work_s` they add up to all of the run's.
  struct Overhead {
    double start_up_s = 0;    // before the first shard: the list, processes, connections
    double scheduling_s = 0;  // between its shards
    double process_s = 0;     // of its shards, beginning and ending processes
    double straggler_s = 0;   // after its last shard, until that of all others
    double merge_s = 0;       // making one record of all
  };
  double wall_s = 0;
  std::uint64_t shards = 0;
  std::uint64_t retries = 0;
  std::vector<Node> nodes;
  Overhead overhead;
  double work_s = 0;  // in the shards' runs, of a mean worker
};

Result<ClusterRecord> read_cluster_record(const std::filesystem::path& file);

}  // namespace imagemill
