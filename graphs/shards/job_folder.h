// A job: one graph over one input, in so many shards, that any number of processes share out. What
// its shards leave for one another, and for who merges it, is in a folder of the output folder's
// own. docs/files.md describes it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/base/hash.h"
#include "engine/source/shard.h"
#include "graphs/records/run_summary.h"

namespace imagemill {

// What a job is. Shards that differ in any of these are of different jobs.
struct JobId {
  Fingerprint graph;  // as it was written
  Fingerprint input;  // the keys
  std::uint64_t shards = 1;

  std::string text() const;  // 32 hex digits
};

// What all shards of a job must have in common, or their outputs would not be those of one run.
struct JobMakers {
  std::string versions;   // of all that decides about the bytes of an output
  Fingerprint resources;  // of the files that nodes read
};

class JobFolder {
 public:
  JobFolder(std::filesystem::path output, std::string job, std::uint64_t shards, std::string graph);

  // The jobs that have left something in an output folder, by name.
  static std::vector<std::string> jobs_in(const std::filesystem::path& output);
  // One of them.
  static Result<JobFolder> open(const std::filesystem::path& output, const std::string& job);

  const std::filesystem::path& output() const { return output_; }
  const std::string& job() const { return job_; }
  std::uint64_t shards() const { return shards_; }
  const std::string& graph() const { return graph_; }  // its name
  // Its files: of a shard "000003.KIND".
  enum class Kind { done, stats, manifest, failures, losses, journal, lock };
  std::filesystem::path file(std::uint64_t shard, Kind kind) const;
  std::filesystem::path statement() const;  // of what the job is: "job.json"
  // Where processes work at shards: "000003-PROCESS" (temporaries.h), one for each of them.
  std::filesystem::path workplaces() const;
  std::filesystem::path workplace(std::uint64_t shard) const;
  // Who holds this says that a shard is done.
  std::filesystem::path finishing() const;

  // Makes the folder, unless it is there.
  Result<void> make() const;
  // Says in it what the job is; or finds it said, and compares: fails where the others were made by
  // something else (other_versions).
  Result<void> begin(const Fingerprint& input, const JobMakers& makers) const;
  // Of one that has been begun: fails where that was by other versions (other_versions).
  Result<void> check_versions(const std::string& versions) const;

  // What a shard came to, where it is done.
  Result<std::optional<Summary>> done(std::uint64_t shard) const;
  // Says so, durably. Thread-safe, and safe against other processes that say the same.
  Result<void> set_done(const Summary& summary) const;
  // It is not done any more.
  Result<void> set_undone(std::uint64_t shard) const;

  // Of who made the job, as begin() has written it.
  Result<JobMakers> makers() const;

 private:
  std::filesystem::path folder() const;
  tl::unexpected<Error> refusal(const std::string& difference) const;
  std::filesystem::path below_output(const std::filesystem::path& file) const;

  std::filesystem::path output_;
  std::string job_;
  std::uint64_t shards_;
  std::string graph_;
};

}  // namespace imagemill
