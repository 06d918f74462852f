// A file that a run leaves beside its outputs.
#pragma once

#include <filesystem>
#include <optional>
#include <ostream>
#include <string>

#include "engine/base/result.h"
#include "engine/files/atomic_file.h"
#include "graphs/config/descriptor_stream.h"

namespace imagemill {

// Written beside its name and renamed (atomic_file.h), so that it is whole or not there at all; a
// link is followed. What is there and is no regular file (a pipe, /dev/null), or an open file of a
// process (/dev/stdout), is written to as it is. What killed processes have left beside it is
// removed. Not thread-safe.
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
  std::optional<AtomicFile> new_;  // none of a special file
  Descriptor special_;
  DescriptorStream stream_;
};

// Whether there is something at this path that is no regular file (nor a link to one), or an open
// file of a process.
bool is_special(const std::filesystem::path& file);

// Opens what is special, to write at its end; an open file of this process (/dev/stdout) where that
// is at now. Sets errno where it cannot.
Descriptor open_special(const std::filesystem::path& file);

// Whether such a file could be written, without touching it.
Result<void> check_writable(const std::filesystem::path& file);

// One file's bytes as another, of none, too.
Result<void> copy_record(const std::filesystem::path& from, const std::filesystem::path& to);

Result<void> write_text(const std::filesystem::path& file, const std::string& text);

}  // namespace imagemill
