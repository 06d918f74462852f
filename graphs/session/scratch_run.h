// Runs whose outputs are inspected and then removed.
#pragma once

#include <filesystem>

#include "engine/run/executor.h"
#include "graphs/records/manifest.h"

namespace imagemill {

struct ScratchRun {
  RunResult run;
  FileDigests outputs;  // hashes of the files found after the run
};

// Runs a graph into `folder`, an absolute path that does not exist, and always removes the folder
// afterwards. Skips every failed item, because where a run stops depends on the schedule. A run
// that was stopped is an error.
Result<ScratchRun> run_into(const std::filesystem::path& folder, Executor& executor,
                            const Graph& graph, RunOptions options, RunObserver& observer);

}  // namespace imagemill
