// SIGINT and SIGTERM: the first signal asks the run to stop, the second ends the process at once.
#pragma once

#include <stop_token>

#include "cli/display/exit_status.h"
#include "engine/base/result.h"
#include "graphs/config/graph_spec.h"

namespace imagemill::cli {

// Turns SIGINT and SIGTERM into requests on the returned token. Writing to a closed pipe or past a
// file size limit becomes an error instead of a signal. Call once, before any other thread starts.
std::stop_token catch_signals();

// Treats the end of the parent as a SIGTERM. To the kernel the parent is the thread that started
// this process (prctl(2)). Call on the main thread, after catch_signals().
void die_with_parent();

// kTerminated after SIGTERM or the end of the parent, else kInterrupted. Requires: a signal came.
Status interrupted_status();

// Prints `error` on stderr. Returns interrupted_status() if a stop was requested, else kNotRun.
Status not_run(const Error& error, const std::stop_token& stop);
// The same for an error of a run of `graph`. An error that the config causes is printed with its
// place there, as `imagemill check` prints it.
Status not_run(const Error& error, const GraphSpec& graph, const std::stop_token& stop);

}  // namespace imagemill::cli
