// Files that a run leaves beside its outputs.
#pragma once

#include <filesystem>
#include <optional>
#include <ostream>
#include <string>

#include "engine/base/result.h"
#include "engine/files/atomic_file.h"
#include "graphs/config/descriptor_stream.h"

namespace imagemill {

// Output file that is whole or absent: written beside its name and renamed (atomic_file.h). Follows
// a link. Writes in place to what is not a regular file (a pipe, /dev/null), and to an open file of
// a process (/dev/stdout). Removes temporary files that killed processes left beside it. Not
// thread-safe.
class RecordFile {
 public:
  explicit RecordFile(const std::filesystem::path& file);
  RecordFile(const RecordFile&) = delete;
  RecordFile& operator=(const RecordFile&) = delete;

  std::ostream& stream() { return stream_; }
  // Call once, after the last byte.
  Result<void> finish();

 private:
  int open();

  const std::filesystem::path file_;
  int error_ = 0;                  // an errno
  std::optional<AtomicFile> new_;  // nullopt for a special file
  Descriptor special_;
  DescriptorStream stream_;
};

// True if `file` is an open file of a process, or exists and is no regular file (nor a link to
// one).
bool is_special(const std::filesystem::path& file);

// Opens a special file to append; an open file of this process (/dev/stdout) keeps its position.
// Sets errno on failure.
Descriptor open_special(const std::filesystem::path& file);

// Checks whether a RecordFile could be written at `file`, without touching it.
Result<void> check_writable(const std::filesystem::path& file);

// Copies the bytes of `from`, which may be empty, to `to` as a RecordFile.
Result<void> copy_record(const std::filesystem::path& from, const std::filesystem::path& to);

Result<void> write_text(const std::filesystem::path& file, const std::string& text);

}  // namespace imagemill
