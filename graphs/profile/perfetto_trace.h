// Trace of a run's executions for a timeline viewer.
#pragma once

#include <filesystem>

#include "engine/run/executor.h"

namespace imagemill {

// Writes the recorded visits of a run on the flow executor, in the Trace Event Format. Perfetto
// (ui.perfetto.dev) and chrome://tracing open it. Each thread has a track, and each execution a
// span, named by node and item. Arrows lead from the producer of a packet to its consumer. Counters
// show the leased memory and the queue before each node. The file is whole or absent. Size: some
// 400 bytes an execution.
Result<void> write_trace(const std::filesystem::path& file, const Graph& graph, RunResult& run);

}  // namespace imagemill
