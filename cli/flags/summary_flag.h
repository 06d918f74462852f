// How the end of a run is told.
#pragma once

#include "cli/flags/command_line.h"

namespace imagemill::cli {

// What is printed of it: the table, or a line of JSON (graphs/records/run_summary.h).
enum class SummaryKind { text, json };
void add_summary(Command& command, SummaryKind& kind);

}  // namespace imagemill::cli
