#include "graphs/shards/shard_run.h"

#include <chrono>
#include <vector>

#include "engine/base/exception_guard.h"
#include "engine/files/folder_names.h"
#include "engine/files/posix.h"
#include "engine/files/temporary_names.h"
#include "engine/graph/graph_fingerprint.h"
#include "graphs/shards/input_list.h"
#include "graphs/shards/job_history.h"

namespace imagemill {
namespace {

namespace fs = std::filesystem;

double seconds_since_1970() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

Listing::Again again(const Environment& environment) {
  std::error_code error;
  const bool is_file = !environment.list.empty() || fs::is_regular_file(environment.input, error);
  return is_file ? Listing::Again::listed : Listing::Again::kept;
}

}  // namespace

ShardRun::ShardRun(const LoadedGraph& loaded, Environment environment, const Shard& shard,
                   const JobId& id, std::unique_ptr<Listing> listing)
    : loaded_(&loaded),
      environment_(std::move(environment)),
      shard_(shard),
      input_(id.input),
      folder_(environment_.output, id.text(), shard.count, loaded.spec.name, *environment_.files),
      listing_(std::move(listing)) {}

Result<std::unique_ptr<ShardRun::Hold>> ShardRun::Hold::take(const fs::path& file) {
  auto lock = FileLock::take(file, FileLock::Wait::no);
  if (!lock) return tl::make_unexpected(std::move(lock.error()));
  std::unique_ptr<Hold> hold(new Hold(std::move(*lock)));
  if (!hold->is_held()) return hold;
  hold->dead_ = hold->lock_.text();
  // An error is ignored: without the name, others merely cannot tidy up.
  hold->lock_.set_text(process_name());
  return hold;
}

ShardRun::Hold::~Hold() {
  if (is_held()) lock_.set_text(dead_);
}

Result<std::unique_ptr<ShardRun::Workplace>> ShardRun::Workplace::make(fs::path path) {
  std::error_code error;
  note_temporary(path);
  fs::remove_all(path, error);
  fs::create_directory(path, error);
  if (error) {
    return system_failure("cannot write to the folder '" + path.string() + "'", error.value());
  }
  return std::unique_ptr<Workplace>(new Workplace(std::move(path)));
}

ShardRun::Workplace::~Workplace() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
  forget_temporary(path_);
}

Result<ShardRun> ShardRun::find(const LoadedGraph& loaded, const Environment& environment,
                                const Shard& shard, const std::stop_token& stop) {
  auto listing = std::make_unique<Listing>(loaded.graph.source(), again(environment));
  auto digest = digest_of_list(environment.output, environment.list);
  if (!digest) {
    Environment opened = environment;
    opened.stop = stop;
    Node& source = loaded.graph.source();
    auto read = guarded([&] { return source.open(opened); });
    if (read) {
      read = guarded([&] { return listing->read(stop); });
      auto closed = guarded([&] { return source.close(); });
      if (read) read = std::move(closed);
    }
    if (!read) return tl::make_unexpected(std::move(read.error()));
    digest = listing->digest();
  }
  const JobId id{fingerprint_of(loaded.graph), *digest, shard.count};
  return ShardRun(loaded, environment, shard, id, std::move(listing));
}

Result<std::optional<Summary>> ShardRun::done(const std::string& versions,
                                              const std::stop_token& stop) const {
  auto summary = folder_.done(shard_.index);
  if (!summary || !*summary) return summary;
  if (auto checked = folder_.check_versions(versions); !checked) {
    return tl::make_unexpected(std::move(checked.error()));
  }
  // Tidies up after processes killed at the shard since; failure does the shard no harm.
  [[maybe_unused]] const auto tidied = take_hold(stop);
  (*summary)->shard->was_done = true;
  return summary;
}

bool ShardRun::is_outdated() const {
  std::error_code error;
  const auto done = fs::last_write_time(folder_.file(shard_.index, JobFolder::Kind::done), error);
  const JobHistory others(environment_.output, folder_.graph());
  return !error && others.went_on_since(done, folder_.job());
}

Result<std::unique_ptr<ShardRun::Hold>> ShardRun::take_hold(const std::stop_token& stop) const {
  auto hold = Hold::take(folder_.file(shard_.index, JobFolder::Kind::lock));
  if (hold && remove_what_was_left((*hold)->dead(), stop)) (*hold)->tidied();
  return hold;
}

Result<void> ShardRun::begin(const std::string& versions, Journal::Earlier earlier,
                             const std::stop_token& stop) {
  begun_s_ = seconds_since_1970();
  auto output_lock = OutputLock::share(environment_.output);
  if (!output_lock) return tl::make_unexpected(std::move(output_lock.error()));
  output_lock_.emplace(std::move(*output_lock));
  // Lock and workplace name this process: if it dies, others find its temporaries by the name.
  if (auto made = folder_.make(); !made) return made;
  auto lock = take_hold(stop);
  if (!lock) return tl::make_unexpected(std::move(lock.error()));
  lock_ = std::move(*lock);
  auto workplace = Workplace::make(folder_.workplace(shard_.index));
  if (!workplace) return tl::make_unexpected(std::move(workplace.error()));
  workplace_ = std::move(*workplace);
  Environment opening = environment_;
  opening.stop = stop;
  if (auto opened = guarded([&] { return loaded_->graph.open(opening); }); !opened) {
    return opened;
  }
  auto begun = folder_.begin(input_, {versions, resources_of(loaded_->graph)});
  if (!begun) return begun;
  auto disk = environment_.files->disk(environment_.output);
  if (!disk) return tl::make_unexpected(std::move(disk.error()));
  disk_ = std::move(*disk);
  const fs::path file = lock_->is_held() ? folder_.file(shard_.index, JobFolder::Kind::journal)
                                         : record(JobFolder::Kind::journal);
  auto journal = Journal::open(file, earlier, *environment_.files, stop);
  if (!journal) return tl::make_unexpected(std::move(journal.error()));
  journal_ = std::move(*journal);
  if (earlier == Journal::Earlier::dropped) return {};
  const JobHistory others(environment_.output, folder_.graph());
  return others.take_over(*journal_, file, shard_, stop);
}

// The workplaces in the job's folder are the traces by which dead processes are found.
bool ShardRun::remove_what_was_left(const std::string& holder, const std::stop_token& stop) const {
  std::vector<fs::path> left;
  const fs::path workplaces = folder_.workplaces();
  const int unlisted = each_name(workplaces, [&](const dirent& entry) {
    const std::string name = entry.d_name;
    const auto process = name.find('-');
    if (process == std::string::npos) return;
    const std::string worker = name.substr(process + 1);
    if (worker == holder || is_gone(worker)) left.push_back(workplaces / name);
  });
  if (left.empty() && holder.empty()) return true;
  if (!remove_stale_temporaries(environment_.output, stop, holder).is_whole) return false;
  std::error_code ignored;
  for (const fs::path& workplace : left) fs::remove_all(workplace, ignored);
  return unlisted == 0;
}

fs::path ShardRun::record(JobFolder::Kind kind) const {
  return workplace_->path() / folder_.file(shard_.index, kind).filename();
}

Result<Summary> ShardRun::finish(const RunResult& result) {
  Summary summary = summary_of(result);
  summary.shard = ShardRecord{.shard = shard_,
                              .job = folder_.job(),
                              .host = host_name(),
                              .begun_s = begun_s_,
                              .ended_s = seconds_since_1970()};
  if (result.ending != Ending::complete) return summary;
  if (auto synced = disk_->sync(); !synced) return tl::make_unexpected(std::move(synced.error()));
  return put_into_place(std::move(summary));
}

Result<Summary> ShardRun::put_into_place(Summary summary) {
  // Records and marker must come from one process, even if several are at the shard.
  const auto lock = FileLock::take(folder_.finishing(), FileLock::Wait::yes);
  if (!lock) return tl::make_unexpected(lock.error());
  if (auto theirs = folder_.done(shard_.index); theirs && *theirs) {
    if ((*theirs)->items.failed <= summary.items.failed) {
      (*theirs)->shard->was_done = true;
      return std::move(**theirs);
    }
  }
  using Kind = JobFolder::Kind;
  std::vector<Kind> kinds = {Kind::stats, Kind::manifest, Kind::failures, Kind::losses};
  // This journal holds the whole shard; the lock's holder knows less, and may be frozen for good.
  if (!lock_->is_held()) kinds.push_back(Kind::journal);
  for (const Kind kind : kinds) {
    std::error_code error;
    fs::rename(record(kind), final_record(kind), error);
    if (error) {
      return write_failure("cannot write '" + final_record(kind).string() + "'", error.value());
    }
  }
  if (auto said = folder_.set_done(summary); !said) {
    return tl::make_unexpected(std::move(said.error()));
  }
  workplace_.reset();
  return summary;
}

}  // namespace imagemill
