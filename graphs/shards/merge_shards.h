// Merging the records of a job's shards into those of one run.
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
  Summary summary;   // over all shards; wall time: from the first start to the last end
  RunReport report;  // over all shards, with the same wall time
  std::vector<JobFolder> folders;      // by shard: the folder in which it was done
  std::vector<std::uint64_t> missing;  // shards not done, sorted; the other members omit them
};

// Finds the job in these output folders: `job`, or the only one. Shards that share no disk have an
// output folder each. Fails without a job, with several and an empty `job`, or if versions differ
// (other_versions). Ends early once `stop` is requested (interrupted), as the functions below do.
Result<MergedJob> merge_job(const std::vector<std::filesystem::path>& outputs,
                            const std::string& job, const std::stop_token& stop = {});

// Writes the manifest of all shards that are done, equal to that of a single run.
Result<void> merge_manifests(const MergedJob& job, const std::filesystem::path& to,
                             const std::stop_token& stop = {});
// Writes the failures of all shards that are done, in the order of the shards.
Result<void> merge_failures(const MergedJob& job, const std::filesystem::path& to,
                            const std::stop_token& stop = {});
// Writes the losses of all shards that are done, in the order of the shards.
Result<void> merge_losses(const MergedJob& job, const std::filesystem::path& to,
                          const std::stop_token& stop = {});
// Calls `visit` with each failure line (run_records.h) of the shards that are done.
Result<void> each_failure(const MergedJob& job,
                          const std::function<void(const std::string& line)>& visit,
                          const std::stop_token& stop = {});

// Adds the report of a run of the same graph over another part of the input. `sum` may be empty.
// Wall times add up.
void merge(RunReport& sum, RunReport report);

}  // namespace imagemill
