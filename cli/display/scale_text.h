// Text of scaling studies, for a terminal.
#pragma once

#include <string>
#include <vector>

#include "cli/display/terminal.h"
#include "graphs/study/scale_json.h"

namespace imagemill::cli {

// Table of one study by number of workers, and its findings.
std::string scale_text(const ScaleStudy& study, Colour colour);
// Table of the changes between two studies.
std::string changes_text(const std::vector<ScaleChange>& changes, Colour colour);

}  // namespace imagemill::cli
