#include "graphs/shards/job_history.h"

#include <algorithm>
#include <chrono>

#include "engine/files/folder_names.h"
#include "engine/files/output_lock.h"

namespace imagemill {
namespace {

namespace fs = std::filesystem;
using Time = fs::file_time_type;

// Error of file times, allowing for file systems and their caches. Reading a journal twice does no
// harm.
constexpr std::chrono::seconds kSlack(2);

// Time of the last write; Time::min() if the file does not exist.
Time written_at(const fs::path& file) {
  std::error_code error;
  const Time time = fs::last_write_time(file, error);
  return error ? Time::min() : time;
}

bool is_later(Time time, Time than) {
  return time != Time::min() && (than == Time::min() || time > than - kSlack);
}

// Time of a job's last work. A shard that begins or ends changes the names in the job's folders. A
// process at work, or killed, has a workplace and a journal.
Time last_work_in(const JobFolder& folder) {
  Time last =
      std::max(written_at(folder.statement().parent_path()), written_at(folder.workplaces()));
  each_name(folder.workplaces(), [&](const dirent& entry) {
    const std::string name = entry.d_name;
    const auto shard = TextValue<std::uint64_t>::parse(name.substr(0, name.find('-')));
    if (!shard) return;
    const fs::path journal = folder.file(*shard, JobFolder::Kind::journal);
    const fs::path theirs = folder.workplaces() / name / journal.filename();
    last = std::max({last, written_at(journal), written_at(theirs)});
  });
  return last;
}

}  // namespace

JobHistory::JobHistory(const fs::path& output, const std::string& graph) {
  if (graph.empty()) return;
  journal_ = journal_of(output, graph);
  for (const std::string& job : JobFolder::jobs_in(output)) {
    auto folder = JobFolder::open(output, job);
    if (folder && folder->graph() == graph) {
      jobs_.push_back({written_at(folder->statement()), std::move(*folder)});
    }
  }
  std::sort(jobs_.begin(), jobs_.end(),
            [](const Job& a, const Job& b) { return a.begun > b.begun; });
}

Result<void> JobHistory::take_over(Journal& journal, const fs::path& file, const Shard& part,
                                   const std::stop_token& stop) const {
  const Time since = written_at(file);
  std::vector<std::pair<Time, fs::path>> found;
  // Notes a journal that may hold news; false if it does not exist.
  const auto look_at = [&](const fs::path& other, Time horizon) {
    const Time written = written_at(other);
    if (other != file && is_later(written, std::max(since, horizon))) {
      found.emplace_back(written, other);
    }
    return written != Time::min();
  };
  // A job that began later took over all that was known by then.
  Time horizon = Time::min();
  for (const auto& [begun, folder] : jobs_) {
    const bool same_parts = folder.shards() == part.count;
    const std::uint64_t first = same_parts ? part.index : 0;
    const std::uint64_t end = same_parts ? first + 1 : folder.shards();
    bool all = true;
    for (std::uint64_t shard = first; shard < end; ++shard) {
      if (stop.stop_requested()) return failure("interrupted", "stopped while it read journals");
      all = look_at(folder.file(shard, JobFolder::Kind::journal), horizon) && all;
    }
    if (all) horizon = std::max(horizon, begun);
  }
  if (!journal_.empty()) look_at(journal_, horizon);
  if (found.empty()) return {};
  std::sort(found.begin(), found.end());
  std::vector<fs::path> less;
  std::vector<fs::path> more;
  for (auto& [written, other] : found) (written > since ? more : less).push_back(std::move(other));
  return journal.take_over(
      less, more, [&](std::string_view key) { return part.holds(key); }, stop);
}

bool JobHistory::went_on_since(Time then, const std::string& job) const {
  if (!journal_.empty() && written_at(journal_) >= then) return true;
  return std::any_of(jobs_.begin(), jobs_.end(), [&](const Job& other) {
    return other.folder.job() != job && last_work_in(other.folder) >= then;
  });
}

}  // namespace imagemill
