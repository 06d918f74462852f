// The flag --summary: form of the summary at the end of a run.
#pragma once

#include "cli/flags/command_line.h"

namespace imagemill::cli {

// text: the table of cli/display/run_table.h. json: one line (graphs/records/run_summary.h).
enum class SummaryKind { text, json };
// Adds --summary to `command`. `kind` must outlive the parsing.
void add_summary(Command& command, SummaryKind& kind);

}  // namespace imagemill::cli
