// One run at a time over an output folder, or shards of runs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>

#include "engine/base/result.h"
#include "engine/files/posix.h"

namespace imagemill {

// Where runs keep what is theirs in an output folder: ".imagemill".
std::filesystem::path own_folder(const std::filesystem::path& output);
// Makes it, if need be; `what` cannot be done where that fails, or it is a link (outside_output).
Result<void> make_own_folder(const std::filesystem::path& output, const std::string& what);
// Of a job in it: graphs of another name are another job.
// Where the file system takes "Name" and "name" for one, their journals are two all the same.
std::filesystem::path journal_of(const std::filesystem::path& output, const std::string& name);

// Held as long as this object lives, and no longer than its process, whatever becomes of that
// (flock(2)). Where the file system has no locks, nobody is kept out. Movable.
class OutputLock {
 public:
  // Whether to look for what dead runs have left: always, or where the last one has not ended in
  // order. A power cut may have taken the trace of it.
  enum class Look { always, after_death };

  // Makes the folder, if need be. Fails where another run holds it (in_use), and says which; and
  // where a stop is requested while it looks (interrupted): then the next one looks again.
  static Result<OutputLock> take(const std::filesystem::path& output, Look look,
                                 const std::stop_token& stop = {});
  // Beside other shards, but no run of all: that, too, fails where there is one (in_use).
  static Result<OutputLock> share(const std::filesystem::path& output);
  ~OutputLock();
  OutputLock(OutputLock&&) noexcept = default;
  OutputLock& operator=(OutputLock&&) = delete;

  // Temporary files that were removed.
  std::uint64_t removed() const { return removed_; }

 private:
  explicit OutputLock(Descriptor file) : file_(std::move(file)) {}

  Descriptor file_;
  bool is_shared_ = false;
  std::uint64_t removed_ = 0;
};

// A lock on a file that is for nothing else. Movable.
class FileLock {
 public:
  enum class Wait { no, yes };

  // `file` is made, if need be, in a folder that is there. Where the file system has no locks,
  // everybody holds it.
  static Result<FileLock> take(const std::filesystem::path& file, Wait wait);

  // False where somebody else has it.
  bool is_held() const { return is_held_; }
  // What its file says: who holds it, say. Up to 511 bytes.
  std::string text() const;
  // What cannot be written is lost.
  void set_text(const std::string& text) const;

 private:
  explicit FileLock(Descriptor file) : file_(std::move(file)) {}

  Descriptor file_;
  bool is_held_ = true;
};

}  // namespace imagemill
