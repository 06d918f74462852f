// Lists of what an input folder holds, made once for all shards of a job, and kept in the output
// folder under their digest: a shard knows by the name which input it is of.
#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>

#include "engine/graph/graph.h"

namespace imagemill {

// What the graph's source finds, in its order: keys, each with a NUL behind it; that of a folder
// which could not be listed with a slash before that. Opens the source. The file, for `run --list`;
// it is on the disk then.
Result<std::filesystem::path> write_key_list(const Graph& graph, const Environment& environment,
                                             const std::stop_token& stop);

// The digest (engine/source/listing.h) of such a file, by its name; nothing of any other.
std::optional<Fingerprint> digest_of_list(const std::filesystem::path& output,
                                          const std::filesystem::path& list);

}  // namespace imagemill
