// Verification that a graph's output does not depend on how the graph is run.
#pragma once

#include <filesystem>
#include <string>

#include "engine/run/executor.h"
#include "graphs/records/manifest.h"

namespace imagemill {

struct Verification {
  Difference difference;      // first: the serial run; second: the parallel one
  std::uint64_t outputs = 0;  // number of outputs of the serial run
  RunReport serial;
  RunReport parallel;
};

// Runs a graph serially and then on the flow graph, and compares all outputs by SHA-256. Reads
// `options.environment.input` twice and ignores its `output`; skips every failed item. The two
// output folders are below `scratch` and are removed. `observer` observes both runs.
Result<Verification> verify(const Graph& graph, const RunOptions& options,
                            const std::filesystem::path& scratch, RunObserver& observer);

}  // namespace imagemill
