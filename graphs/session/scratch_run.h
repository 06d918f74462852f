// Runs whose outputs are looked at and thrown away.
#pragma once

#include <filesystem>

#include "engine/run/executor.h"
#include "graphs/records/manifest.h"

namespace imagemill {

struct ScratchRun {
  RunResult run;
  FileDigests outputs;  // what was there afterwards: written, not said to be
};

// Runs a graph into a folder of its own, an absolute path where nothing is yet, which is removed,
// whatever comes of it. Every failed item is skipped, for where a run stops depends on the
// schedule; a run that was stopped is an error.
Result<ScratchRun> run_into(const std::filesystem::path& folder, Executor& executor,
                            const Graph& graph, RunOptions options, RunObserver& observer);

}  // namespace imagemill
