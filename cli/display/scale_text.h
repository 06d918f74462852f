// A scaling study, for a person.
#pragma once

#include <string>
#include <vector>

#include "cli/display/terminal.h"
#include "graphs/study/scale_json.h"

namespace imagemill::cli {

std::string scale_text(const ScaleStudy& study, Colour colour);
std::string changes_text(const std::vector<ScaleChange>& changes, Colour colour);

}  // namespace imagemill::cli
