// Sorting more lines than memory should hold.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace imagemill {

// An external merge sort (Knuth, The Art of Computer Programming 3, 5.4): sorted runs go to a file
// as they fill, and are merged at the end. Holds one run in memory, and while it merges 64 KiB a
// run. Not thread-safe; movable.
class LineSorter {
 public:
  // What a line is sorted by: a part of it.
  using KeyOf = std::function<std::string_view(std::string_view line)>;

  // Runs of about `run_bytes` go to `file`, which is made at once: `good()` tells whether it could
  // be.
  LineSorter(std::filesystem::path file, KeyOf key, std::size_t run_bytes);
  bool good() const { return stream_.good(); }

  // A line without its end.
  void add(std::string line);
  // Call once, after the last line. Each line is followed by a newline. False where the runs could
  // not be written or read again.
  bool write_sorted(std::ostream& to);
  // Removes the file.
  void discard();

 private:
  void sort_run();
  void spill();
  bool merge(std::ostream& to);

  std::filesystem::path file_;
  KeyOf key_;
  std::size_t run_bytes_;
  std::ofstream stream_;
  std::vector<std::string> run_;
  std::size_t held_ = 0;              // bytes of `run_`
  std::vector<std::streamoff> runs_;  // where each begins
};

}  // namespace imagemill
