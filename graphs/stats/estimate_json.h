// JSON of an estimate. Internal to graphs.
#pragma once

#include "graphs/records/json.h"
#include "graphs/stats/scaling_laws.h"

namespace imagemill {

// Estimate as {value, low, high}.
Json estimate_json(const Estimate& estimate);

}  // namespace imagemill
