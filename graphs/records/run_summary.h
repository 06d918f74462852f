// Summary of a run, or of a shard, as one line of JSON: "schema": "imagemill-summary 1".
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/run/executor.h"
#include "engine/source/shard.h"

namespace imagemill {

// The shard that a summary is about.
struct ShardRecord {
  Shard shard;
  std::string job;
  std::string host;
  double begun_s = 0;     // seconds since 1970 …
  double ended_s = 0;     // … by that host's clock
  bool was_done = false;  // done by an earlier run, which the counts are from
};

struct Summary {
  Ending ending = Ending::complete;
  std::string cause;  // why the run did not complete, for a person
  ItemCounts items;
  std::uint64_t ignored = 0;
  std::uint64_t removed = 0;
  LossCounts losses;
  double wall_s = 0;
  double cpu_s = 0;  // CPU time of the process during the run
  std::optional<ShardRecord> shard = {};
  std::uint64_t shards = 0;  // number of shards of a merged run; 0 for a single run

  double images_per_s() const {
    return wall_s > 0 ? static_cast<double>(items.ended()) / wall_s : 0;
  }
};

Summary summary_of(const RunResult& result);

// JSON line with its newline (format: docs/files.md).
std::string summary_line(const Summary& summary);
// Inverse of summary_line().
Result<Summary> parse_summary(const std::string& line);

}  // namespace imagemill
