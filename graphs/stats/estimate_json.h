// An estimate, as files have it. Internal to graphs.
#pragma once

#include "graphs/records/json.h"
#include "graphs/stats/scaling_laws.h"

namespace imagemill {

// {value, low, high}
Json estimate_json(const Estimate& estimate);

}  // namespace imagemill
