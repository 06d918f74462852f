// What a run, or a shard of one, came to, as a line of JSON: "schema": "imagemill-summary 1".
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/run/executor.h"
#include "engine/source/shard.h"

namespace imagemill {

// Of a run of a part.
struct ShardRecord {
  Shard shard;
  std::string job;
  std::string host;
  double begun_s = 0;     // since 1970 …
  double ended_s = 0;     // … by that host's clock
  bool was_done = false;  // by an earlier run: the counts are of that
};

struct Summary {
  Ending ending = Ending::complete;
  std::string cause;  // of one that did not come to its end, for a person
  ItemCounts items;
  std::uint64_t ignored = 0;
  std::uint64_t removed = 0;
  LossCounts losses;
  double wall_s = 0;
  double cpu_s = 0;  // of the process, meanwhile
  std::optional<ShardRecord> shard = {};
  std::uint64_t shards = 0;  // of a whole that was run in parts

  double images_per_s() const {
    return wall_s > 0 ? static_cast<double>(items.ended()) / wall_s : 0;
  }
};

Summary summary_of(const RunResult& result);

// docs/files.md describes it; with its newline.
std::string summary_line(const Summary& summary);
// What that has written.
Result<Summary> parse_summary(const std::string& line);

}  // namespace imagemill
