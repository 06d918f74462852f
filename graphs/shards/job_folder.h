// Job: one graph over one input, split into shards that any number of processes work on. A folder
// in the output folder holds what shards leave for each other and for the merge (docs/files.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/base/hash.h"
#include "engine/files/file_system.h"
#include "engine/source/shard.h"
#include "graphs/records/run_summary.h"

namespace imagemill {

// Identity of a job. Shards that differ in any member belong to different jobs.
struct JobId {
  Fingerprint graph;  // fingerprint of the graph as written
  Fingerprint input;  // digest of the keys
  std::uint64_t shards = 1;

  std::string text() const;  // 32 hex digits
};

// What all shards of a job must share, so that their outputs are those of one run.
struct JobMakers {
  std::string versions;   // of everything that determines the bytes of an output
  Fingerprint resources;  // fingerprint of the files that nodes read
};

class JobFolder {
 public:
  // `files`: where marks are written; must outlive the object.
  JobFolder(std::filesystem::path output, std::string job, std::uint64_t shards, std::string graph,
            const FileSystem& files = FileSystem::real());

  // Names of the jobs in an output folder, sorted.
  static std::vector<std::string> jobs_in(const std::filesystem::path& output);
  // Opens one of jobs_in().
  static Result<JobFolder> open(const std::filesystem::path& output, const std::string& job);

  const std::filesystem::path& output() const { return output_; }
  const std::string& job() const { return job_; }
  std::uint64_t shards() const { return shards_; }
  const std::string& graph() const { return graph_; }  // name of the graph
  // Kind of a shard's file, which is named "000003.KIND".
  enum class Kind { done, stats, manifest, failures, losses, journal, lock };
  std::filesystem::path file(std::uint64_t shard, Kind kind) const;
  // Description of the job: "job.json".
  std::filesystem::path statement() const;
  // Folder of workplaces, one for each process at a shard: "000003-PROCESS" (temporary_names.h).
  std::filesystem::path workplaces() const;
  std::filesystem::path workplace(std::uint64_t shard) const;
  // Lock file; its holder alone may mark a shard as done.
  std::filesystem::path finishing() const;

  // Makes the folder unless it exists.
  Result<void> make() const;
  // Writes job.json, or compares with the one that exists. Fails if other versions or resources
  // made the job (other_versions).
  Result<void> begin(const Fingerprint& input, const JobMakers& makers) const;
  // Fails if other versions began the job (other_versions). Requires: begin() was called for the
  // job.
  Result<void> check_versions(const std::string& versions) const;

  // Summary of a shard that is done; nullopt if it is not.
  Result<std::optional<Summary>> done(std::uint64_t shard) const;
  // Marks the shard of `summary` as done, durably. Safe against threads and processes that do the
  // same.
  Result<void> set_done(const Summary& summary) const;
  // Removes the mark of set_done().
  Result<void> set_undone(std::uint64_t shard) const;

  // Makers of the job, as begin() wrote them.
  Result<JobMakers> makers() const;

 private:
  std::filesystem::path folder() const;
  tl::unexpected<Error> refusal(const std::string& difference) const;
  std::filesystem::path below_output(const std::filesystem::path& file) const;

  std::filesystem::path output_;
  std::string job_;
  std::uint64_t shards_;
  std::string graph_;
  const FileSystem* files_;
};

}  // namespace imagemill
