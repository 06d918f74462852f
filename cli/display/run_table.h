// Summary of a run, for a person.
#pragma once

#include <map>
#include <string>

#include "engine/metrics/run_report.h"
#include "graphs/records/run_summary.h"

namespace imagemill::cli {

// Table with one row for each stage, the totals, and the sentence that names the bottleneck.
// `kinds`: number of ignored files, by extension.
std::string summary(const RunReport& report, const std::map<std::string, std::uint64_t>& kinds);

// One line about a shard that an earlier run has done.
std::string done_before(const Summary& summary);

}  // namespace imagemill::cli
