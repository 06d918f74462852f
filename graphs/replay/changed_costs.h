// Cost of a changed parameter, measured on a sample of the recorded items.
#pragma once

#include <filesystem>

#include "engine/run/executor.h"
#include "graphs/replay/replay_input.h"

namespace imagemill {

// Recording as it would be with the graph `after`: the nodes of `before`, with other parameters.
//
// No model predicts the cost of a stage at sizes that were not recorded: decoding shrinks by powers
// of two, and a profile covers one output size. So both graphs run on a sample of the recorded
// items, spread evenly over their times, serially and in turn, three times each. Each stage is
// scaled by the ratio of its least execution times; memory by the ratio of leases. Cost: some
// seconds.
//
// `options` has the input. Outputs go below `scratch` and are removed. Fails if the input is gone,
// if the run is stopped, or if the change alters the way of an item or its split into parts. Keys
// of a list are relative to the folder in which the recorded run was made, so run there.
Result<Recording> with_changed_costs(Recording recording, const Graph& before, const Graph& after,
                                     RunOptions options, const std::filesystem::path& scratch,
                                     RunObserver& observer);

}  // namespace imagemill
