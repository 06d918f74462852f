// Lists of an input folder's keys, made once for all shards of a job. A list lies in the output
// folder, named by its digest, so a shard knows the input from the name.
#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>

#include "engine/graph/graph.h"

namespace imagemill {

// Writes the keys that the graph's source finds, in the source's order, and returns the file, for
// `run --list`. A NUL follows each key; a slash precedes the NUL of a folder that could not be
// listed. Opens the source. The file is durable on return.
Result<std::filesystem::path> write_key_list(const Graph& graph, const Environment& environment,
                                             const std::stop_token& stop);

// Digest (engine/source/listing.h) of a list that write_key_list() made, from its name; nullopt for
// any other file.
std::optional<Fingerprint> digest_of_list(const std::filesystem::path& output,
                                          const std::filesystem::path& list);

}  // namespace imagemill
