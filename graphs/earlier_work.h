// What runs and shards of a graph have done in an output folder, known to those that come later.
#pragma once

#include <filesystem>
#include <stop_token>
#include <string>

#include "engine/shard.h"

namespace imagemill {

// Puts what has been done of a graph so called since `journal` was last written to, by whole runs
// and by shards of any job, into that journal: of the items of `part`. Shards of as many parts are
// asked for their own part only. Only a wish, like Journal::take_over(): what is not known is done
// again. Costs reading job.json of each job in the folder, and a microsecond a line of what is new.
void take_over_earlier_work(const std::filesystem::path& journal,
                            const std::filesystem::path& output, const std::string& graph,
                            const Shard& part, const std::stop_token& stop);

}  // namespace imagemill
