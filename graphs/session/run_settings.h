// From the `run:` section of a config to the options of a run.
#pragma once

#include <stop_token>

#include "engine/run/run_options.h"
#include "graphs/config/graph_spec.h"

namespace imagemill {

// Options that `settings` stand for. Once `stop` is requested, the run ends.
RunOptions run_options(const RunSettings& settings, std::stop_token stop);

}  // namespace imagemill
