// Proof that a graph's output does not depend on how it is run.
#pragma once

#include <filesystem>
#include <string>

#include "engine/run/executor.h"
#include "graphs/records/manifest.h"

namespace imagemill {

struct Verification {
  Difference difference;      // first: the serial run; second: the parallel one
  std::uint64_t outputs = 0;  // of the serial run
  RunReport serial;
  RunReport parallel;
};

// Runs a graph serially and then on the flow graph, into two folders below `scratch`, and compares
// all outputs by SHA-256. `options.environment.input` is read twice; its output is not used, and
// every failed item is skipped. The folders are removed. `observer` hears of both runs.
Result<Verification> verify(const Graph& graph, const RunOptions& options,
                            const std::filesystem::path& scratch, RunObserver& observer);

}  // namespace imagemill
