// External sort: sorts more lines than memory should hold.
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

// External merge sort (Knuth, The Art of Computer Programming 3, 5.4). Sorted runs go to a file as
// they fill and are merged at the end. Memory: one run; during the merge 64 KiB a run. Not
// thread-safe; movable.
class ExternalSort {
 public:
  // Sort key: the part of a line that is compared.
  using KeyOf = std::function<std::string_view(std::string_view line)>;

  // Makes an unnamed file on the disk of `folder` at once; runs of about `run_bytes` go there.
  ExternalSort(const std::filesystem::path& folder, KeyOf key, std::size_t run_bytes);
  // First errno, that of making the file included; 0 if all is well.
  int error() const { return error_; }

  // Adds one line, given without its newline.
  void add(std::string line);
  // Writes all lines in order, each with a newline. Call once, after the last line. False if the
  // runs could not be written or read again.
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
  std::vector<std::uint64_t> runs_;  // offset of each run in the file
  std::uint64_t end_ = 0;            // end of the last run
};

}  // namespace imagemill
