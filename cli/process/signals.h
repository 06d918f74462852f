// Ctrl-C and kill: the first asks the run to stop, the second ends the process at once.
#pragma once

#include <stop_token>

#include "cli/display/exit_status.h"
#include "engine/base/result.h"
#include "graphs/config/graph_spec.h"

namespace imagemill::cli {

// From now on SIGINT and SIGTERM request a stop instead of ending the process, and writing to a
// closed pipe or past a file size limit is an error instead of a signal. Call once, before any
// other thread starts.
std::stop_token catch_signals();

// From now on the end of the parent is as a SIGTERM. To the kernel the parent is the thread that
// started this process (prctl(2)). Call on the main thread, after catch_signals().
void die_with_parent();

// Of what the signal has stopped. Requires: one was caught.
Status interrupted_status();

// Says why nothing came of it. The status: that of the signal which stopped it, else kNotRun.
Status not_run(const Error& error, const std::stop_token& stop);
// The same of a graph; with its place in the config, as `check` has it, where that is at fault.
Status not_run(const Error& error, const GraphSpec& graph, const std::stop_token& stop);

}  // namespace imagemill::cli
