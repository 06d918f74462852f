// A file that a run leaves beside its outputs.
#pragma once

#include <filesystem>
#include <fstream>
#include <ostream>
#include <string>

#include "engine/result.h"

namespace imagemill {

// Written beside its name and renamed, so that it is whole or not there at all; a link is followed.
// What is there and is no regular file (/dev/stdout, a pipe, /dev/null) is written to as it is.
class RecordFile {
 public:
  explicit RecordFile(const std::filesystem::path& file);
  RecordFile(const RecordFile&) = delete;
  RecordFile& operator=(const RecordFile&) = delete;
  // Removes what was not finished.
  ~RecordFile();

  std::ostream& stream() { return stream_; }
  // Call once, after the last byte.
  Result<void> finish();

 private:
  std::filesystem::path file_;
  std::filesystem::path written_;  // as which it is written meanwhile
  std::ofstream stream_;
  bool finished_ = false;
};

// Whether there is something at this path that is no regular file (nor a link to one).
bool is_special(const std::filesystem::path& file);

// Whether such a file could be written, without touching it.
Result<void> check_writable(const std::filesystem::path& file);

// One file's bytes as another.
Result<void> copy_record(const std::filesystem::path& from, const std::filesystem::path& to);

Result<void> write_text(const std::filesystem::path& file, const std::string& text);

}  // namespace imagemill
