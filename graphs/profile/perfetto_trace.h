// A run's executions for a timeline viewer.
#pragma once

#include <filesystem>

#include "engine/run/executor.h"

namespace imagemill {

// Writes what a run on the flow executor recorded in the Trace Event Format, which Perfetto
// (ui.perfetto.dev) and chrome://tracing open: a track for each thread, a span for each execution,
// named by node and item, arrows from what made a packet to what used it up, counters of the leased
// memory and of what waits before each node. Whole or not at all. Some 400 bytes an execution.
Result<void> write_trace(const std::filesystem::path& file, const Graph& graph, RunResult& run);

}  // namespace imagemill
