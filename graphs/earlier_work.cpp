#include "graphs/earlier_work.h"

#include <algorithm>
#include <chrono>

#include "engine/output_lock.h"

namespace imagemill {
namespace {

namespace fs = std::filesystem;
using Time = fs::file_time_type;

// What file systems and their caches may be wrong by. To look at a journal again does no harm.
constexpr std::chrono::seconds kSlack(2);

// The least of all times where there is none.
Time written_at(const fs::path& file) {
  std::error_code error;
  const Time time = fs::last_write_time(file, error);
  return error ? Time::min() : time;
}

bool is_later(Time time, Time than) {
  return time != Time::min() && (than == Time::min() || time > than - kSlack);
}

}  // namespace

EarlierWork::EarlierWork(fs::path output, const std::string& graph) : output_(std::move(output)) {
  if (graph.empty()) return;
  journal_ = journal_of(output_, graph);
  for (const std::string& job : JobFolder::jobs_in(output_)) {
    auto folder = JobFolder::open(output_, job);
    if (folder && folder->graph() == graph) {
      jobs_.push_back({written_at(folder->statement()), std::move(*folder)});
    }
  }
  std::sort(jobs_.begin(), jobs_.end(),
            [](const Job& a, const Job& b) { return a.begun > b.begun; });
}

Result<void> EarlierWork::take_over(Journal& journal, const fs::path& file, const Shard& part,
                                    Own own, const std::stop_token& stop) const {
  const Time since = written_at(file);
  std::vector<std::pair<Time, fs::path>> found;
  // False where there is none.
  const auto look_at = [&](const fs::path& other, Time horizon) {
    const Time written = written_at(other);
    if (other != file && is_later(written, std::max(since, horizon))) {
      found.emplace_back(written, other);
    }
    return written != Time::min();
  };
  // Who began after it has all that was known by then.
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
  std::sort(found.rbegin(), found.rend());
  std::vector<fs::path> before;
  std::vector<fs::path> after;
  for (auto& [written, other] : found) {
    const bool goes_before = own == Own::by_age && written > since;
    (goes_before ? before : after).push_back(std::move(other));
  }
  return journal.take_over(
      before, after, [&](std::string_view key) { return part.holds(key); }, stop);
}

bool EarlierWork::went_on_since(Time then, const std::string& job) const {
  if (!journal_.empty() && written_at(journal_) > then) return true;
  return std::any_of(jobs_.begin(), jobs_.end(), [&](const Job& other) {
    // Files come into its folder where a shard begins or ends.
    return other.folder.job() != job && written_at(other.folder.statement().parent_path()) > then;
  });
}

}  // namespace imagemill
