// What a run comes to, for a person.
#pragma once

#include <map>
#include <string>

#include "engine/metrics/run_report.h"
#include "graphs/records/run_summary.h"

namespace imagemill::cli {

// A table, one row a stage; the totals; and the sentence that names the bottleneck. `kinds`: how
// many files were ignored, by their extension.
std::string summary(const RunReport& report, const std::map<std::string, std::uint64_t>& kinds);

// Of a shard that an earlier run has done, in a line.
std::string done_before(const Summary& summary);

}  // namespace imagemill::cli
