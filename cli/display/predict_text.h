// A prediction, for a terminal.
#pragma once

#include <string>

#include "cli/display/terminal.h"
#include "graphs/replay/prediction.h"

namespace imagemill::cli {

std::string predict_text(const Prediction& prediction, Colour colour);

}  // namespace imagemill::cli
