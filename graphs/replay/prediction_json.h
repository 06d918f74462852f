// File of a prediction.
#pragma once

#include <string>

#include "graphs/records/provenance.h"
#include "graphs/replay/prediction.h"

namespace imagemill {

// JSON of a prediction: `imagemill-prediction 1` (docs/files.md). `machine` describes the recorded
// machine in one line.
std::string prediction_json(const Prediction& prediction, const std::string& machine,
                            const Provenance& provenance);

}  // namespace imagemill
