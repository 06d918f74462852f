// The first failures of a run, for a person; the rest are counted.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace imagemill::cli {

// Keeps the first ten failures. Not thread-safe.
class FirstFailures {
 public:
  // Counts a failure. Calls `text` only for the failures that are kept.
  void add(const std::function<std::string()>& text);
  // Prints the kept failures on stderr. If there are more, adds their number and the file `all`
  // that lists every failure; if `all` is empty, the flag that would write such a file.
  void print(const std::string& all) const;

 private:
  std::vector<std::string> shown_;
  std::uint64_t count_ = 0;
};

}  // namespace imagemill::cli
