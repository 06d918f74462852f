// What whole runs and shards of a graph have done in an output folder, for those that come later.
#pragma once

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/resume/journal.h"
#include "engine/source/shard.h"
#include "graphs/shards/job_folder.h"

namespace imagemill {

// Found by the graph's name. Of a graph without one there is nothing: it could be any other.
class EarlierWork {
 public:
  EarlierWork(const std::filesystem::path& output, const std::string& graph);

  // Puts what was done of the items of `part` since `file`, the file of `journal`, was last written
  // to into that journal; what of the graph's other journals it must have taken over before is not
  // read again. Call it before the journal begins: what is not taken now is not seen later. Fails
  // like Journal::take_over(). Costs, beside that, a look at job.json and at one journal for each
  // job in the folder; of a job with another number of shards at all of them.
  Result<void> take_over(Journal& journal, const std::filesystem::path& file, const Shard& part,
                         const std::stop_token& stop) const;

  // Whether a whole run, or a shard of a job but `job`, was at work after `then`.
  bool went_on_since(std::filesystem::file_time_type then, const std::string& job) const;

 private:
  struct Job {
    std::filesystem::file_time_type begun;
    JobFolder folder;
  };
  std::filesystem::path journal_;  // of whole runs
  std::vector<Job> jobs_;          // the latest first
};

}  // namespace imagemill
