// What the shards of a job have recorded, as one run's.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "graphs/shards/job_folder.h"

namespace imagemill {

struct MergedJob {
  Summary summary;   // of all; its wall time is from the first beginning to the last end
  RunReport report;  // likewise
  std::vector<JobFolder> folders;      // by shard: where it was done
  std::vector<std::uint64_t> missing;  // shards that are not done: then the rest is of the others
};

// The only job that has left something in these output folders, or `job`: shards that do not share
// a disk have each their own. Fails where there is none, or several and none is named; or where
// they were made by other versions (other_versions). Like all that follows it ends early once
// `stop` is requested (interrupted).
Result<MergedJob> merge_job(const std::vector<std::filesystem::path>& outputs,
                            const std::string& job, const std::stop_token& stop = {});

// The records of its shards that are done, as files. The manifest is that of a single run; failures
// and losses are in the order of the shards.
Result<void> merge_manifests(const MergedJob& job, const std::filesystem::path& to,
                             const std::stop_token& stop = {});
Result<void> merge_failures(const MergedJob& job, const std::filesystem::path& to,
                            const std::stop_token& stop = {});
Result<void> merge_losses(const MergedJob& job, const std::filesystem::path& to,
                          const std::stop_token& stop = {});
// Calls `visit` with each of their lines (records.h).
Result<void> each_failure(const MergedJob& job,
                          const std::function<void(const std::string& line)>& visit,
                          const std::stop_token& stop = {});

// Adds what a run of the same graph over another part of its input has reported, to a sum that may
// be empty. `wall_s` is that of both.
void merge(RunReport& sum, RunReport report);

}  // namespace imagemill
