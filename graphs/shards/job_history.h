// History of a graph in an output folder: journals of its whole runs and of its other jobs.
#pragma once

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/resume/journal.h"
#include "engine/source/shard.h"
#include "graphs/shards/job_folder.h"

namespace imagemill {

// Earlier runs and jobs with the same graph name. Empty for a graph without a name, which could be
// any other.
class JobHistory {
 public:
  JobHistory(const std::filesystem::path& output, const std::string& graph);

  // Takes over into `journal` what runs and jobs did to the items of `part` since `file` was last
  // written. `file` is the file of `journal`. Call it before the journal begins: later work is not
  // seen.
  //
  // Skips journals that another journal of the graph must have taken over already. Fails like
  // Journal::take_over(). Further cost, for each job in the folder: a look at job.json and at one
  // journal; at all its journals if its number of shards differs.
  Result<void> take_over(Journal& journal, const std::filesystem::path& file, const Shard& part,
                         const std::stop_token& stop) const;

  // True if a whole run, or a shard of a job other than `job`, worked at or after `then`.
  bool went_on_since(std::filesystem::file_time_type then, const std::string& job) const;

 private:
  struct Job {
    std::filesystem::file_time_type begun;
    JobFolder folder;
  };
  std::filesystem::path journal_;  // journal of whole runs; empty for a graph without a name
  std::vector<Job> jobs_;          // latest first
};

}  // namespace imagemill
