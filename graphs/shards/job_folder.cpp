#include "graphs/shards/job_folder.h"

#include <algorithm>
#include <cerrno>
#include <fstream>

#include <fmt/format.h>
#include <unistd.h>

#include "engine/files/atomic_file.h"
#include "engine/files/folder_names.h"
#include "engine/files/output_lock.h"
#include "engine/files/posix.h"
#include "engine/files/temporary_names.h"
#include "graphs/records/json.h"

namespace imagemill {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSchema = "imagemill-job 1";

fs::path folder_of_jobs(const fs::path& output) { return own_folder(output) / "jobs"; }

std::string_view suffix_of(JobFolder::Kind kind) {
  switch (kind) {
    case JobFolder::Kind::done:
      return "done.json";
    case JobFolder::Kind::stats:
      return "stats.json";
    case JobFolder::Kind::manifest:
      return "manifest";
    case JobFolder::Kind::failures:
      return "failures.jsonl";
    case JobFolder::Kind::losses:
      return "losses.jsonl";
    case JobFolder::Kind::journal:
      return "journal";
    case JobFolder::Kind::lock:
      break;
  }
  return "lock";
}

std::string number_of(std::uint64_t shard) { return fmt::format("{:06}", shard); }

// Makes `file` with this text unless it exists; an existing file stays. Returns 0 or the errno.
int make_once(const fs::path& file, const std::string& text) {
  auto made = AtomicFile::make(file.parent_path());
  if (!made) return made.error();
  int failed = made->write(text.data(), text.size());
  if (failed == 0) failed = made->sync();
  if (const int closed = made->close(); failed == 0) failed = closed;
  if (failed != 0) return failed;
  const int linked = made->link_to(file.filename());
  if (linked == 0 || linked == EEXIST) return 0;
  // Without hard links, two processes at once may each believe they were first.
  return ::access(file.c_str(), F_OK) == 0 ? 0 : made->rename_to(file.filename());
}

}  // namespace

std::string JobId::text() const {
  Fingerprinter print;
  for (const Fingerprint& part : {graph, input}) {
    print.add(part.high);
    print.add(part.low);
  }
  print.add(shards);
  return to_hex(print.finish());
}

JobFolder::JobFolder(fs::path output, std::string job, std::uint64_t shards, std::string graph,
                     const FileSystem& files)
    : output_(std::move(output)),
      job_(std::move(job)),
      shards_(shards),
      graph_(std::move(graph)),
      files_(&files) {}

std::vector<std::string> JobFolder::jobs_in(const fs::path& output) {
  std::vector<std::string> jobs;
  const fs::path folder = folder_of_jobs(output);
  each_name(folder, [&](const dirent& entry) {
    std::error_code ignored;
    if (fs::exists(folder / entry.d_name / "job.json", ignored)) jobs.emplace_back(entry.d_name);
  });
  std::sort(jobs.begin(), jobs.end());
  return jobs;
}

Result<JobFolder> JobFolder::open(const fs::path& output, const std::string& job) {
  const fs::path file = folder_of_jobs(output) / job / "job.json";
  const auto said = read_json(file, kSchema, "job");
  if (!said) return tl::make_unexpected(said.error());
  try {
    const std::uint64_t shards = said->at("shards");
    if (shards > 0 && shards <= Shard::kMost) {
      return JobFolder(output, job, shards, said->at("graph"));
    }
    return failure("corrupt", "'" + file.string() + "' has no number of shards");
  } catch (const Json::exception& error) {
    return failure("corrupt", "'" + file.string() + "' lacks a part: " + error.what());
  }
}

fs::path JobFolder::folder() const { return folder_of_jobs(output_) / job_; }

fs::path JobFolder::file(std::uint64_t shard, Kind kind) const {
  return folder() / fmt::format("{}.{}", number_of(shard), suffix_of(kind));
}

fs::path JobFolder::statement() const { return folder() / "job.json"; }

fs::path JobFolder::workplaces() const { return folder() / "work"; }

fs::path JobFolder::workplace(std::uint64_t shard) const {
  return workplaces() / (number_of(shard) + "-" + process_name());
}

fs::path JobFolder::finishing() const { return folder() / "finishing.lock"; }

fs::path JobFolder::below_output(const fs::path& file) const {
  return file.lexically_relative(output_);
}

Result<void> JobFolder::make() const {
  std::error_code error;
  fs::create_directories(workplaces(), error);
  if (!error) return {};
  return system_failure("cannot write to the folder '" + folder().string() + "'", error.value());
}

Result<void> JobFolder::begin(const Fingerprint& input, const JobMakers& makers) const {
  const fs::path file = statement();
  const Json ours = {{"schema", kSchema},           {"graph", graph_},
                     {"input", to_hex(input)},      {"shards", shards_},
                     {"versions", makers.versions}, {"resources", to_hex(makers.resources)}};
  std::error_code error;
  if (!fs::exists(file, error)) {
    if (const int failed = make_once(file, text_of(ours))) {
      return write_failure("cannot write '" + file.string() + "'", failed);
    }
  }
  if (auto checked = check_versions(makers.versions); !checked) return checked;
  const auto theirs = this->makers();
  if (!theirs) return tl::make_unexpected(theirs.error());
  if (theirs->resources == makers.resources) return {};
  return refusal("with other fonts or images in the graph than this host's");
}

Result<void> JobFolder::check_versions(const std::string& versions) const {
  const auto theirs = makers();
  if (!theirs) return tl::make_unexpected(theirs.error());
  if (theirs->versions == versions) return {};
  return refusal("with other versions (" + theirs->versions + " there, " + versions + " here)");
}

tl::unexpected<Error> JobFolder::refusal(const std::string& difference) const {
  return failure("other_versions",
                 "shards of this job were begun " + difference +
                     ": their outputs would not match those of this one. Use the same for all, "
                     "or begin the job anew: remove '" +
                     folder().string() + "'");
}

Result<JobMakers> JobFolder::makers() const {
  const fs::path file = statement();
  const auto said = read_json(file, kSchema, "job");
  if (!said) return tl::make_unexpected(said.error());
  try {
    const auto resources = parse_fingerprint(said->at("resources").get<std::string>());
    if (resources) return JobMakers{said->at("versions"), *resources};
  } catch (const Json::exception&) {
  }
  return failure("corrupt", "'" + file.string() +
                                "' lacks the versions that its shards are "
                                "made by");
}

Result<std::optional<Summary>> JobFolder::done(std::uint64_t shard) const {
  const fs::path marker = file(shard, Kind::done);
  errno = 0;
  std::ifstream stream(marker, std::ios::binary);
  if (!stream && errno == ENOENT) return std::optional<Summary>();
  if (!stream) return system_failure("cannot read '" + marker.string() + "'", errno);
  std::string line;
  std::getline(stream, line);
  auto summary = parse_summary(line);
  if (!summary || !summary->shard) {
    return failure("corrupt", "'" + marker.string() +
                                  "' is no summary of a shard; remove it, and "
                                  "the shard is done again");
  }
  return std::optional(std::move(*summary));
}

Result<void> JobFolder::set_undone(std::uint64_t shard) const {
  return files_->remove(output_, below_output(file(shard, Kind::done)));
}

Result<void> JobFolder::set_done(const Summary& summary) const {
  const std::string line = summary_line(summary);
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(line.data());
  auto written =
      files_->replace(output_, below_output(file(summary.shard->shard.index, Kind::done)),
                      {bytes, line.size()}, Durability::file);
  if (!written) return tl::make_unexpected(std::move(written.error()));
  return {};
}

}  // namespace imagemill
