// Locks an output folder: for one run, or for shards of runs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>

#include "engine/base/result.h"
#include "engine/files/posix.h"

namespace imagemill {

// The folder in an output folder where runs keep their own files: ".imagemill".
std::filesystem::path own_folder(const std::filesystem::path& output);
// Makes the own folder of `output` if it is missing. An error, whose message starts with `what`, if
// that fails or if the folder is a link (outside_output).
Result<void> make_own_folder(const std::filesystem::path& output, const std::string& what);
// Path of a job's journal in the own folder. The graph's `name` identifies the job. "Name" and
// "name" have different journals, even on a file system that ignores case.
std::filesystem::path journal_of(const std::filesystem::path& output, const std::string& name);

// The lock of an output folder. The object holds the lock, and the kernel frees it when the process
// dies (flock(2)). A file system without locks keeps nobody out. Movable.
class OutputLock {
 public:
  // When to look for temporary files of dead runs: always, or only if the last run did not end in
  // order. A power cut may erase that trace.
  enum class Look { always, after_death };

  // Locks the folder for one run; makes the own folder if it is missing. Fails if another run holds
  // the lock (in_use); the message names that run. Fails if a stop is requested during the search
  // for temporary files (interrupted); then the next run searches again.
  static Result<OutputLock> take(const std::filesystem::path& output, Look look,
                                 const std::stop_token& stop = {});
  // Locks the folder for one shard; other shards may hold the lock too. Fails while a run without
  // shards holds the lock (in_use). Such a run, in turn, fails while a shard holds the lock.
  static Result<OutputLock> share(const std::filesystem::path& output);
  ~OutputLock();
  OutputLock(OutputLock&&) noexcept = default;
  OutputLock& operator=(OutputLock&&) = delete;

  // Number of temporary files of dead runs that take() has removed.
  std::uint64_t removed() const { return removed_; }

 private:
  explicit OutputLock(Descriptor file) : file_(std::move(file)) {}

  Descriptor file_;
  bool is_shared_ = false;
  std::uint64_t removed_ = 0;
};

// A lock on a file that serves only as a lock. Movable.
class FileLock {
 public:
  enum class Wait { no, yes };

  // Makes `file` if it is missing, and locks it. Its folder must exist. On a file system without
  // locks, every caller holds the lock.
  static Result<FileLock> take(const std::filesystem::path& file, Wait wait);

  // False if somebody else holds the lock.
  bool is_held() const { return is_held_; }
  // Text of the lock file, such as the name of the holder. Up to 512 bytes.
  std::string text() const;
  // Writes the text of the lock file; a write error is ignored.
  void set_text(const std::string& text) const;

 private:
  explicit FileLock(Descriptor file) : file_(std::move(file)) {}

  Descriptor file_;
  bool is_held_ = true;
};

}  // namespace imagemill
