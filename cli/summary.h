// What a run comes to, for a person.
#pragma once

#include <string>

#include "engine/statistics.h"

namespace imagemill::cli {

// A table, one row a stage; the totals; and the sentence that names the bottleneck.
std::string summary(const RunReport& report);

}  // namespace imagemill::cli
