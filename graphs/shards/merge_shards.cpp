#include "graphs/shards/merge_shards.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <map>
#include <optional>

#include "engine/base/text.h"
#include "graphs/records/manifest.h"
#include "graphs/records/record_file.h"
#include "graphs/records/run_records.h"

namespace imagemill {
namespace {

namespace fs = std::filesystem;
using Kind = JobFolder::Kind;

void add(ItemCounts& sum, const ItemCounts& items) {
  sum.admitted += items.admitted;
  sum.ok += items.ok;
  sum.skipped += items.skipped;
  sum.failed += items.failed;
  sum.cancelled += items.cancelled;
  sum.settled += items.settled;
}

void add(LossCounts& sum, const LossCounts& losses) {
  for (const auto& [code, loss] : losses) {
    const auto [place, first] = sum.emplace(code, loss);
    if (!first) place->second.items += loss.items;
  }
}

void add(RunReport& sum, const RunReport& report) {
  add(sum.items, report.items);
  sum.ignored += report.ignored;
  sum.removed += report.removed;
  add(sum.losses, report.losses);
  sum.peak_rss_bytes = std::max(sum.peak_rss_bytes, report.peak_rss_bytes);
  sum.memory_limit_bytes = std::max(sum.memory_limit_bytes, report.memory_limit_bytes);
  sum.memory_peak_bytes = std::max(sum.memory_peak_bytes, report.memory_peak_bytes);
  sum.largest_item_bytes = std::max(sum.largest_item_bytes, report.largest_item_bytes);
  sum.measured_items = sum.measured_items || report.measured_items;
  sum.admission_wait_s += report.admission_wait_s;
  for (const auto& [format, memory] : report.formats) {
    FormatMemory& to = sum.formats[format];
    to.items += memory.items;
    to.estimate_bytes = std::max(to.estimate_bytes, memory.estimate_bytes);
    to.actual_bytes = std::max(to.actual_bytes, memory.actual_bytes);
  }
  for (std::size_t i = 0; i < std::min(sum.stages.size(), report.stages.size()); ++i) {
    StageStats& to = sum.stages[i];
    const StageStats& stage = report.stages[i];
    to.total.merge(stage.total);
    // Utilisation is a mean over time, so wall times weight it.
    const double wall_s = sum.wall_s + report.wall_s;
    if (wall_s > 0) {
      to.utilisation = (to.utilisation * sum.wall_s + stage.utilisation * report.wall_s) / wall_s;
    }
    if (to.skip_reason.empty()) to.skip_reason = stage.skip_reason;
  }
  sum.wall_s += report.wall_s;
}

Result<std::string> only_job(const std::vector<fs::path>& outputs) {
  std::map<std::string, std::string> jobs;  // job → its description in an error
  for (const fs::path& output : outputs) {
    for (const std::string& job : JobFolder::jobs_in(output)) {
      const auto folder = JobFolder::open(output, job);
      if (!folder) return tl::make_unexpected(folder.error());
      jobs[job] = job + " (" + folder->graph() + ", " +
                  number_of(static_cast<std::int64_t>(folder->shards()), "shard") + ")";
    }
  }
  if (jobs.size() == 1) return jobs.begin()->first;
  if (jobs.empty()) {
    return failure("no_job", "no shard has been run into '" + outputs.front().string() + "'");
  }
  std::string names;
  for (const auto& [job, told] : jobs) names += (names.empty() ? "" : ", ") + told;
  return failure("many_jobs", "shards of several jobs have been run into '" +
                                  outputs.front().string() + "': name one with --job: " + names);
}

// Checks that all folders have the same makers: shards that share no disk could not compare them.
Result<void> check_makers(const std::vector<JobFolder>& folders) {
  const auto first = folders.front().makers();
  if (!first) return tl::make_unexpected(first.error());
  for (const JobFolder& folder : folders) {
    const auto other = folder.makers();
    if (!other) return tl::make_unexpected(other.error());
    if (other->versions == first->versions && other->resources == first->resources) continue;
    return failure("other_versions",
                   "the shards in '" + folders.front().output().string() + "' and '" +
                       folder.output().string() +
                       "' were made by other versions, or with other fonts or images: they are "
                       "not of one run");
  }
  return {};
}

tl::unexpected<Error> interrupted() {
  return failure("interrupted", "stopped while records were merged");
}

}  // namespace

void merge(RunReport& sum, RunReport report) {
  if (sum.stages.empty()) {
    sum = std::move(report);
  } else {
    add(sum, report);
  }
}

Result<MergedJob> merge_job(const std::vector<fs::path>& outputs, const std::string& job,
                            const std::stop_token& stop) {
  for (const fs::path& output : outputs) {
    std::error_code error;
    if (fs::is_directory(output, error)) continue;
    return failure("not_found", "there is no folder '" + output.string() + "'");
  }
  const auto name = job.empty() ? only_job(outputs) : Result<std::string>(job);
  if (!name) return tl::make_unexpected(name.error());
  std::vector<JobFolder> folders;
  for (const fs::path& output : outputs) {
    auto folder = JobFolder::open(output, *name);
    if (folder) {
      folders.push_back(std::move(*folder));
    } else if (folder.error().code != "not_found") {
      return tl::make_unexpected(std::move(folder.error()));
    }
  }
  if (folders.empty()) {
    return failure("no_job", "no shard of job '" + *name + "' has been run into '" +
                                 outputs.front().string() + "'");
  }
  if (auto same = check_makers(folders); !same) return tl::make_unexpected(std::move(same.error()));
  MergedJob result;
  double begun_s = std::numeric_limits<double>::infinity();
  double ended_s = 0;
  const std::uint64_t shards = folders.front().shards();
  for (std::uint64_t shard = 0; shard < shards; ++shard) {
    if (stop.stop_requested()) return interrupted();
    std::optional<Summary> done;
    for (const JobFolder& folder : folders) {
      auto found = folder.done(shard);
      if (!found) return tl::make_unexpected(std::move(found.error()));
      if (!*found) continue;
      done = std::move(*found);
      auto report = read_report(folder.file(shard, Kind::stats));
      if (!report) return tl::make_unexpected(std::move(report.error()));
      merge(result.report, std::move(*report));
      result.folders.push_back(folder);
      break;
    }
    if (!done) {
      result.missing.push_back(shard);
      result.folders.push_back(folders.front());
      continue;
    }
    add(result.summary.items, done->items);
    result.summary.ignored += done->ignored;
    result.summary.removed += done->removed;
    add(result.summary.losses, done->losses);
    result.summary.cpu_s += done->cpu_s;
    begun_s = std::min(begun_s, done->shard->begun_s);
    ended_s = std::max(ended_s, done->shard->ended_s);
  }
  result.summary.shards = shards;
  result.summary.wall_s = std::max(0.0, ended_s - begun_s);
  result.report.wall_s = result.summary.wall_s;
  return result;
}

namespace {

// Calls `visit(file)` for the record of each shard that is done, until a call fails.
template <class Visit>
Result<void> each_record(const MergedJob& job, Kind kind, const std::stop_token& stop,
                         const Visit& visit) {
  for (std::uint64_t shard = 0; shard < job.folders.size(); ++shard) {
    if (std::binary_search(job.missing.begin(), job.missing.end(), shard)) continue;
    if (stop.stop_requested()) return interrupted();
    if (auto visited = visit(job.folders[shard].file(shard, kind)); !visited) return visited;
  }
  return {};
}

}  // namespace

Result<void> merge_manifests(const MergedJob& job, const fs::path& to,
                             const std::stop_token& stop) {
  auto writer = ManifestWriter::create(to);
  if (!writer) return tl::make_unexpected(std::move(writer.error()));
  auto added = each_record(job, Kind::manifest, stop,
                           [&](const fs::path& file) { return writer->add_all(file); });
  return added ? writer->finish() : added;
}

namespace {

// Calls `visit` with each line below the heading of the shards' records of one kind.
Result<void> each_line(const MergedJob& job, Kind kind, const std::string& heading,
                       const std::function<void(const std::string& line)>& visit,
                       const std::stop_token& stop) {
  return each_record(job, kind, stop, [&](const fs::path& file) -> Result<void> {
    std::ifstream stream(file, std::ios::binary);
    std::string line;
    if (!std::getline(stream, line) || line + "\n" != heading) {
      return failure("corrupt", "'" + file.string() + "' is no record of a shard");
    }
    while (std::getline(stream, line)) {
      if (stop.stop_requested()) return interrupted();
      visit(line);
    }
    if (stream.bad()) return failure("io_error", "cannot read all of '" + file.string() + "'");
    return {};
  });
}

Result<void> merge_lines(const MergedJob& job, Kind kind, const std::string& heading,
                         const fs::path& to, const std::stop_token& stop) {
  RecordFile record(to);
  record.stream() << heading;
  const auto add = [&](const std::string& line) { record.stream() << line << '\n'; };
  auto added = each_line(job, kind, heading, add, stop);
  return added ? record.finish() : added;
}

}  // namespace

Result<void> each_failure(const MergedJob& job,
                          const std::function<void(const std::string& line)>& visit,
                          const std::stop_token& stop) {
  return each_line(job, Kind::failures, failures_heading(), visit, stop);
}

Result<void> merge_failures(const MergedJob& job, const fs::path& to, const std::stop_token& stop) {
  return merge_lines(job, Kind::failures, failures_heading(), to, stop);
}

Result<void> merge_losses(const MergedJob& job, const fs::path& to, const std::stop_token& stop) {
  return merge_lines(job, Kind::losses, losses_heading(), to, stop);
}

}  // namespace imagemill
