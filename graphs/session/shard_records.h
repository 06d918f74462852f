// Records of a shard: kept in its job's folder, and copied to where a program wants them.
#pragma once

#include "graphs/session/records_writer.h"
#include "graphs/shards/shard_run.h"

namespace imagemill {

// Paths of the records of `shard` during its run.
RecordFiles records_of(const ShardRun& shard);

// Checks whether each of `wanted` could be written, without touching it.
Result<void> check_wanted(const RecordFiles& wanted);

// Copies the records of a shard that is done to `wanted`. Stops at the first error.
Result<void> copy_done_records(const RecordFiles& wanted, const ShardRun& shard);

// Copies the records of a shard that is not done: as many as possible. Returns the first error.
Result<void> copy_unfinished_records(const RecordFiles& wanted, const ShardRun& shard);

}  // namespace imagemill
