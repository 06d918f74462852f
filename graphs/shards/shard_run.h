// One shard of a job, as one process runs it.
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

// find() → done()? else begin() → a run with part() and journal(), records into records() →
// finish(). Whoever dies in between leaves a shard that is not done. Movable; not thread-safe.
class ShardRun {
 public:
  // Finds out which job it is: of a list that is kept under its digest at once, of anything else by
  // going through it.
  static Result<ShardRun> find(const LoadedGraph& loaded, const Environment& environment,
                               const Shard& shard, const std::stop_token& stop);

  // What it came to, where it has been done; fails where other versions have (other_versions).
  // Removes what processes have left there that were killed. Some milliseconds, where none was.
  Result<std::optional<Summary>> done(const std::string& versions,
                                      const std::stop_token& stop) const;
  // Of one that has been done: whether others have worked on the same outputs since.
  bool is_outdated() const;
  // It is to be done again.
  Result<void> undo() const { return folder_.set_undone(shard_.index); }

  // Makes ready to run it: `earlier` is what becomes of its journal. Where another process is at
  // this shard, too, this one does all of it for itself.
  Result<void> begin(const std::string& versions, Journal::Earlier earlier,
                     const std::stop_token& stop);

  ShardOfListing part() const { return {shard_, listing_.get()}; }
  Journal& journal() const { return *journal_; }
  // Where its manifest, failures and stats are written while it runs, and where they are then.
  std::filesystem::path record(JobFolder::Kind kind) const;
  std::filesystem::path final_record(JobFolder::Kind kind) const {
    return folder_.file(shard_.index, kind);
  }

  // Puts the records into place, and says, once all is on the disk, that the shard is done; if the
  // run came to its end, and no other process has said so meanwhile, with no more failures. Returns
  // what it came to.
  Result<Summary> finish(const RunResult& result);

 private:
  ShardRun(const LoadedGraph& loaded, Environment environment, const Shard& shard, const JobId& id,
           std::unique_ptr<Listing> listing);

  // The lock of the shard, with who has it in its file; nobody, where it was given back.
  class Hold {
   public:
    static Result<std::unique_ptr<Hold>> take(const std::filesystem::path& file);
    ~Hold();
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;
    bool is_held() const { return lock_.is_held(); }
    // Who had it and died: its name (temporaries.h), empty where nobody did. It stays there for the
    // next one, until what it left is removed.
    const std::string& dead() const { return dead_; }
    void tidied() { dead_.clear(); }

   private:
    explicit Hold(FileLock lock) : lock_(std::move(lock)) {}
    FileLock lock_;
    std::string dead_;
  };

  // A folder that goes with this object.
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

  // The lock, for as long as what is returned lives, after what dead processes left was removed.
  Result<std::unique_ptr<Hold>> take_hold(const std::stop_token& stop) const;
  bool remove_what_was_left(const std::string& holder, const std::stop_token& stop) const;
  Result<Summary> put_into_place(Summary summary);

  const LoadedGraph* loaded_;
  Environment environment_;
  Shard shard_;
  Fingerprint input_;
  JobFolder folder_;
  std::unique_ptr<Listing> listing_;
  // In the order in which they are made; they go in the other.
  std::optional<OutputLock> output_lock_;
  std::unique_ptr<Hold> lock_;
  std::unique_ptr<Workplace> workplace_;
  std::unique_ptr<Disk> disk_;
  std::unique_ptr<Journal> journal_;
  double begun_s_ = 0;
};

}  // namespace imagemill
