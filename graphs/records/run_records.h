// What a run leaves on the disk beside its outputs. docs/files.md describes the formats.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "engine/files/posix.h"
#include "engine/run/executor.h"

namespace imagemill {

// --stats: the whole report as JSON, "schema": "imagemill-stats 1".
std::string stats_json(const RunReport& report);

// The report that such a file is of, as far as it says.
Result<RunReport> read_report(const std::filesystem::path& file);

// An error as a line of JSON, with its newline.
std::string failure_line(const Error& error);
// What such a line says, as to_string() of the error; the line itself where it is none.
std::string failure_text(const std::string& line);
// What comes before such lines.
std::string failures_heading();

// A loss as a line of JSON, with its newline; what comes before such lines.
std::string loss_line(const Loss& loss, const std::string& item);
std::string losses_heading();

// --failures, --losses: JSON Lines, a heading and then lines that are written as they come. What is
// special (record_file.h) is written to as it is. Not thread-safe.
class ItemLog {
 public:
  // Finds out whether the file can be written. What an earlier run has left in it stays until one
  // of the next three is called.
  static Result<ItemLog> create(const std::filesystem::path& file, std::string heading);
  // The run does something. Again, it changes nothing.
  void begin();
  // The line is in the file then, however the process ends.
  void add(const std::string& line);
  Result<void> finish();
  // Of a run that did not begin: a file that create() has made goes.
  void discard();

 private:
  void write(const std::string& text);

  std::filesystem::path file_;
  std::string heading_;
  Descriptor to_;
  bool is_special_ = false;
  bool is_made_ = false;  // by create()
  bool begun_ = false;
  int error_ = 0;  // the errno of what failed first
};

}  // namespace imagemill
