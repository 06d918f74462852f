// What a changed parameter costs: measured, on a sample of the recorded items.
#pragma once

#include <filesystem>

#include "engine/run/executor.h"
#include "graphs/replay/replay_input.h"

namespace imagemill {

// The recording as it would be with another graph: the same nodes, with other parameters.
//
// Of a stage that is fed other sizes than it was recorded with, no model of its costs knows what it
// takes: decoding shrinks by powers of two, and a profile with one output size says nothing of
// another. So both graphs run on some of the recorded items, evenly spread over how long those
// took, serially and in turn, three times each. Each stage of the recording is scaled by the ratio
// of what its executions took at least; memory by the ratio of leases. Some seconds.
//
// `options` has the input. Outputs go below `scratch`, and are removed. Fails where the input is
// gone, where the change makes items of the sample go other ways, or other parts of them, and where
// the run is stopped. Keys of a list are found from the folder in which the recorded run was made.
Result<Recording> with_changed_costs(Recording recording, const Graph& before, const Graph& after,
                                     RunOptions options, const std::filesystem::path& scratch,
                                     RunObserver& observer);

}  // namespace imagemill
