// What a run comes to, for a person.
#pragma once

#include <map>
#include <string>

#include "engine/statistics.h"

namespace imagemill::cli {

// A table, one row a stage; the totals; and the sentence that names the bottleneck. `kinds`: how
// many files were ignored, by their extension.
std::string summary(const RunReport& report, const std::map<std::string, std::uint64_t>& kinds);

}  // namespace imagemill::cli
