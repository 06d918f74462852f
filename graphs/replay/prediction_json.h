// A prediction as a file.
#pragma once

#include <string>

#include "graphs/records/provenance.h"
#include "graphs/replay/prediction.h"

namespace imagemill {

// docs/files.md, `imagemill-prediction 1`. `machine`: that was recorded on, in one line.
std::string prediction_json(const Prediction& prediction, const std::string& machine,
                            const Origin& origin);

}  // namespace imagemill
