// Files that a run leaves beside its outputs (formats: docs/files.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "engine/files/posix.h"
#include "engine/run/executor.h"

namespace imagemill {

// --stats: the whole report as JSON, "schema": "imagemill-stats 1".
std::string stats_json(const RunReport& report);

// Reads a --stats file back. Fields of RunReport that the format omits keep their defaults.
Result<RunReport> read_report(const std::filesystem::path& file);

// An error as a line of JSON, with its newline.
std::string failure_line(const Error& error);
// Text of a failure line, as to_string(Error) gives it; `line` itself if it is no such line.
std::string failure_text(const std::string& line);
// First line of a --failures file.
std::string failures_heading();

// A loss as a line of JSON, with its newline.
std::string loss_line(const Loss& loss, const std::string& item);
// First line of a --losses file.
std::string losses_heading();

// File of --failures or --losses: JSON Lines, a heading and then lines that are written at once.
// Writes in place to a special file (record_file.h). Not thread-safe.
class ItemLog {
 public:
  // Opens the file, or fails if it cannot be written. Content of an earlier run stays until
  // begin(), add() or finish().
  static Result<ItemLog> create(const std::filesystem::path& file, std::string heading);
  // Replaces the file's content by the heading. Further calls have no effect.
  void begin();
  // Writes one line; from then on it is in the file, however the process ends.
  void add(const std::string& line);
  Result<void> finish();
  // Ends the log of a run that did not begin: removes the file if create() made it.
  void discard();

 private:
  void write(const std::string& text);

  std::filesystem::path file_;
  std::string heading_;
  Descriptor to_;
  bool is_special_ = false;
  bool is_made_ = false;  // by create()
  bool begun_ = false;
  int error_ = 0;  // first errno
};

}  // namespace imagemill
