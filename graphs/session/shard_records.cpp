#include "graphs/session/shard_records.h"

#include <utility>

#include "graphs/records/record_file.h"

namespace imagemill {
namespace {

using Kind = JobFolder::Kind;

// Calls `visit(kind, file)` for each record that is wanted; stops at the first error.
template <class Visit>
Result<void> each_wanted(const RecordFiles& wanted, const Visit& visit) {
  for (const auto& [kind, file] :
       {std::pair(Kind::manifest, &wanted.manifest), std::pair(Kind::failures, &wanted.failures),
        std::pair(Kind::losses, &wanted.losses), std::pair(Kind::stats, &wanted.stats)}) {
    if (file->empty()) continue;
    if (auto visited = visit(kind, *file); !visited) return visited;
  }
  return {};
}

}  // namespace

RecordFiles records_of(const ShardRun& shard) {
  return {shard.record(Kind::manifest), shard.record(Kind::failures), shard.record(Kind::losses),
          shard.record(Kind::stats)};
}

Result<void> check_wanted(const RecordFiles& wanted) {
  return each_wanted(wanted, [](Kind, const std::string& file) { return check_writable(file); });
}

Result<void> copy_done_records(const RecordFiles& wanted, const ShardRun& shard) {
  return each_wanted(wanted, [&](Kind kind, const std::string& file) {
    return copy_record(shard.final_record(kind), file);
  });
}

Result<void> copy_unfinished_records(const RecordFiles& wanted, const ShardRun& shard) {
  Result<void> result;
  const auto copied = each_wanted(wanted, [&](Kind kind, const std::string& file) {
    auto copy = copy_record(shard.record(kind), file);
    if (result) result = std::move(copy);
    return Result<void>();
  });
  return copied ? result : copied;
}

}  // namespace imagemill
