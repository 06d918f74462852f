// One run of `imagemill cluster run` as a process of its own.
#pragma once

#include <filesystem>
#include <stop_token>

#include "cli/flags/run_flags.h"
#include "graphs/shards/cluster_record.h"

namespace imagemill::cli {

struct ClusterRun {
  const RunFlags* flags;  // the graph, --set and --memory
  std::filesystem::path input;
  std::filesystem::path output;
  std::filesystem::path record;  // is written
  int nodes = 2;                 // processes …
  int workers = 1;               // … of so many workers each
};

// Waits for its end; a stop is passed on to it. Fails where not all images went as far as they can
// (failed ones are no failure of the run).
Result<ClusterRecord> run_cluster(const ClusterRun& run, const std::stop_token& stop);

}  // namespace imagemill::cli
