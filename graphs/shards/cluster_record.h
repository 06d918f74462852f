// Record of a run on worker processes, as `imagemill cluster run --json` writes it.
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
    double busy_s = 0;  // seconds in the processes of its shards
    double share = 0;   // fraction of all images
    double busy = 0;    // fraction of the time from the first shard's start to the last one's end
  };
  // Overhead of a mean worker, in seconds. Its parts and `work_s` add up to the whole run.
  struct Overhead {
    double start_up_s = 0;    // before the first shard: the list, processes, connections
    double scheduling_s = 0;  // between its shards
    double process_s = 0;     // starting and ending the processes of its shards
    double straggler_s = 0;   // from its last shard's end to the end of all others
    double merge_s = 0;       // merging the records
  };
  double wall_s = 0;
  std::uint64_t shards = 0;
  std::uint64_t retries = 0;
  std::vector<Node> nodes;
  Overhead overhead;
  double work_s = 0;  // seconds of a mean worker in the runs of its shards
};

Result<ClusterRecord> read_cluster_record(const std::filesystem::path& file);

}  // namespace imagemill
