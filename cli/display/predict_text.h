// Text of a prediction, for a terminal.
#pragma once

#include <string>

#include "cli/display/terminal.h"
#include "graphs/replay/prediction.h"

namespace imagemill::cli {

// Table of the predicted rates by number of workers, and the findings in sentences.
std::string predict_text(const Prediction& prediction, Colour colour);

}  // namespace imagemill::cli
