// One shard of a job, run by one process.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "engine/files/output_lock.h"
#include "engine/resume/journal.h"
#include "engine/source/listing.h"
#include "graphs/config/load_graph.h"
#include "graphs/shards/job_folder.h"

namespace imagemill {

// Order of calls: find(), done(); if not done: begin(), a run with part() and journal() that writes
// its records to record(), finish(). A process that dies before finish() leaves the shard not done.
// Movable; not thread-safe.
class ShardRun {
 public:
  // Identifies the job. Takes the digest of a list from write_key_list() from its name; reads the
  // keys of any other input.
  static Result<ShardRun> find(const LoadedGraph& loaded, const Environment& environment,
                               const Shard& shard, const std::stop_token& stop);

  // Summary of the shard if it is done, else nullopt. Fails if other versions made it
  // (other_versions). If done, removes what killed processes left; cost: some milliseconds if they
  // left nothing.
  Result<std::optional<Summary>> done(const std::string& versions,
                                      const std::stop_token& stop) const;
  // True if other runs have worked on the same outputs since the shard was done.
  bool is_outdated() const;
  // Marks the shard as not done, so that it runs again.
  Result<void> undo() const { return folder_.set_undone(shard_.index); }

  // Prepares the run; `earlier` says what becomes of the shard's journal. If another process is at
  // the shard, this one does the whole shard in a workplace of its own.
  Result<void> begin(const std::string& versions, Journal::Earlier earlier,
                     const std::stop_token& stop);

  ShardOfListing part() const { return {shard_, listing_.get()}; }
  Journal& journal() const { return *journal_; }
  // Path of a record (manifest, failures, stats) during the run.
  std::filesystem::path record(JobFolder::Kind kind) const;
  // Path of a record after finish().
  std::filesystem::path final_record(JobFolder::Kind kind) const {
    return folder_.file(shard_.index, kind);
  }

  // Puts the records into place and marks the shard as done, once all outputs are durable. Returns
  // the summary of an earlier process instead, if that finished the shard with no more failures.
  // Marks nothing if the run did not complete.
  Result<Summary> finish(const RunResult& result);

 private:
  ShardRun(const LoadedGraph& loaded, Environment environment, const Shard& shard, const JobId& id,
           std::unique_ptr<Listing> listing);

  // Lock of the shard. Its file names the holder, and is empty after an orderly release.
  class Hold {
   public:
    static Result<std::unique_ptr<Hold>> take(const std::filesystem::path& file);
    ~Hold();
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;
    bool is_held() const { return lock_.is_held(); }
    // Name (temporary_names.h) of a holder that died; empty if none did. The name returns to the
    // file on release, until tidied(): then the next holder tidies up.
    const std::string& dead() const { return dead_; }
    void tidied() { dead_.clear(); }

   private:
    explicit Hold(FileLock lock) : lock_(std::move(lock)) {}
    FileLock lock_;
    std::string dead_;
  };

  // Folder that is removed with this object.
  class Workplace {
   public:
    static Result<std::unique_ptr<Workplace>> make(std::filesystem::path path);
    ~Workplace();
    Workplace(const Workplace&) = delete;
    Workplace& operator=(const Workplace&) = delete;
    const std::filesystem::path& path() const { return path_; }

   private:
    explicit Workplace(std::filesystem::path path) : path_(std::move(path)) {}
    std::filesystem::path path_;
  };

  // Takes the lock, if it is free, and removes what dead processes left.
  Result<std::unique_ptr<Hold>> take_hold(const std::stop_token& stop) const;
  // Removes what `holder` left, wherever it ran, and what processes of this host left that died at
  // any shard. False if unfinished: the traces of those processes then stay.
  bool remove_what_was_left(const std::string& holder, const std::stop_token& stop) const;
  Result<Summary> put_into_place(Summary summary);

  const LoadedGraph* loaded_;
  Environment environment_;
  Shard shard_;
  Fingerprint input_;
  JobFolder folder_;
  std::unique_ptr<Listing> listing_;
  // Declared in the order of their creation, so destroyed in reverse.
  std::optional<OutputLock> output_lock_;
  std::unique_ptr<Hold> lock_;
  std::unique_ptr<Workplace> workplace_;
  std::unique_ptr<Disk> disk_;
  std::unique_ptr<Journal> journal_;
  double begun_s_ = 0;
};

}  // namespace imagemill
