// The shards of a run as processes, and what must come of them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/cli/workplace.h"

namespace imagemill::testing {

using Json = nlohmann::json;

// Photos, among them two whose outputs clash, one that is broken, and what is none.
Files shard_inputs();

std::string read(const std::filesystem::path& file);

class Shards {
 public:
  explicit Shards(const Files& files = shard_inputs()) : work_(files) {}

  const Workplace& work() const { return work_; }
  std::filesystem::path output() const { return work_.output(); }

  Finished list() const;
  // The shards of a list that is made for them.
  std::string listed() const;
  Finished run(int index, int count, std::vector<std::string> more = {}) const;
  Finished merge(const std::vector<std::string>& more = {}) const;
  // Runs all images in one run, into a folder of its own.
  void run_whole() const;
  // Runs it, and checks that what was merged is the same.
  void check_same() const;
  // Files in the job's folder that do not belong to a finished job.
  std::vector<std::string> leftovers() const;
  std::filesystem::path job_file(const std::string& name) const;

 private:
  Workplace work_;
};

}  // namespace imagemill::testing
