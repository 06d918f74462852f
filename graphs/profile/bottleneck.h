// Bottleneck of a run.
#pragma once

#include <string>

#include "engine/metrics/run_report.h"

namespace imagemill {

// One sentence that names the stage which limits the run, and why. The limit is what is closest to
// busy all the time: the workers together, a stage at its own limit, or memory at admission. For
// the workers, the sentence names the stage that takes most of their time. Utilisation as in
// operational analysis: Denning & Buzen, "The Operational Analysis of Queueing Network Models", ACM
// Computing Surveys 10(3), 1978.
std::string bottleneck(const RunReport& report);

}  // namespace imagemill
