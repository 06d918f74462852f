// `imagemill cluster run` as a child process.
#pragma once

#include <filesystem>
#include <stop_token>

#include "cli/flags/run_flags.h"
#include "graphs/shards/cluster_record.h"

namespace imagemill::cli {

// Arguments of one distributed run on this machine.
struct ClusterRun {
  const RunFlags* flags;  // the graph, --set and --memory
  std::filesystem::path input;
  std::filesystem::path output;
  std::filesystem::path record;  // file that the child process writes
  int nodes = 2;                 // worker processes
  int workers = 1;               // workers in each process
};

// Starts the child process and waits for its end; a stop is passed on as SIGTERM. Returns the
// record that the process wrote. Images that fail are no error; a run that did not finish is one.
Result<ClusterRecord> run_cluster(const ClusterRun& run, const std::stop_token& stop);

}  // namespace imagemill::cli
