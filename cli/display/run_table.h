// What a run comes to, for a person.
#pragma once

#include <map>
#include <string>

#include "cli/commands/commands.h"
#include "engine/metrics/run_report.h"
#include "graphs/records/run_summary.h"

namespace imagemill::cli {

// What is printed of it: the table, or a line of JSON (graphs/records/run_summary.h).
enum class SummaryKind { text, json };
void add_summary(Command& command, SummaryKind& kind);

// A table, one row a stage; the totals; and the sentence that names the bottleneck. `kinds`: how
// many files were ignored, by their extension.
std::string summary(const RunReport& report, const std::map<std::string, std::uint64_t>& kinds);

// Of a shard that an earlier run has done, in a line.
std::string done_before(const Summary& summary);

}  // namespace imagemill::cli
