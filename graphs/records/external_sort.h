// Sorting more lines than memory should hold.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "engine/files/posix.h"

namespace imagemill {

// An external merge sort (Knuth, The Art of Computer Programming 3, 5.4): sorted runs go to a file
// as they fill, and are merged at the end. Holds one run in memory, and while it merges 64 KiB a
// run. Not thread-safe; movable.
class LineSorter {
 public:
  // What a line is sorted by: a part of it.
  using KeyOf = std::function<std::string_view(std::string_view line)>;

  // Runs of about `run_bytes` go to a file without a name on the disk of `folder`, which is made at
  // once.
  LineSorter(const std::filesystem::path& folder, KeyOf key, std::size_t run_bytes);
  // The errno of what failed, of making the file, too; 0 if all is well.
  int error() const { return error_; }

  // A line without its end.
  void add(std::string line);
  // Call once, after the last line. Each line is followed by a newline. False where the runs could
  // not be written or read again.
  bool write_sorted(std::ostream& to);

 private:
  void sort_run();
  void spill();
  void write(const std::string& text);
  bool merge(std::ostream& to);

  KeyOf key_;
  std::size_t run_bytes_;
  Descriptor file_;
  int error_ = 0;
  std::vector<std::string> run_;
  std::size_t held_ = 0;             // bytes of `run_`
  std::vector<std::uint64_t> runs_;  // where each begins
  std::uint64_t end_ = 0;            // of the last
};

}  // namespace imagemill
