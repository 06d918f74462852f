#include "graphs/earlier_work.h"

#include <algorithm>
#include <vector>

#include "engine/journal.h"
#include "engine/output_lock.h"
#include "graphs/job.h"

namespace imagemill {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> journals(const fs::path& output, const std::string& graph,
                               const Shard& part) {
  std::vector<fs::path> files = {journal_of(output, graph)};
  for (const std::string& job : JobFolder::jobs_in(output)) {
    const auto folder = JobFolder::open(output, job);
    if (!folder || folder->graph() != graph) continue;
    const bool same_parts = folder->shards() == part.count;
    const std::uint64_t first = same_parts ? part.index : 0;
    const std::uint64_t last = same_parts ? part.index + 1 : folder->shards();
    for (std::uint64_t shard = first; shard < last; ++shard) {
      files.push_back(folder->file(shard, JobFolder::Kind::journal));
    }
  }
  return files;
}

}  // namespace

void take_over_earlier_work(const fs::path& journal, const fs::path& output,
                            const std::string& graph, const Shard& part,
                            const std::stop_token& stop) {
  std::error_code error;
  // The least of all times where there is none.
  const fs::file_time_type since = fs::last_write_time(journal, error);
  std::vector<std::pair<fs::file_time_type, fs::path>> newer;
  for (fs::path& file : journals(output, graph, part)) {
    const fs::file_time_type written = fs::last_write_time(file, error);
    if (!error && written > since && file != journal) newer.emplace_back(written, std::move(file));
  }
  if (newer.empty()) return;
  std::sort(newer.begin(), newer.end());
  std::vector<fs::path> others;
  others.reserve(newer.size());
  for (auto& [written, file] : newer) others.push_back(std::move(file));
  Journal::take_over(
      journal, others, [&](std::string_view key) { return part.holds(key); }, stop);
}

}  // namespace imagemill
