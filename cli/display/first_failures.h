// The failures of a run, as far as a person reads them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace imagemill::cli {

// Keeps the first ten. Not thread-safe.
class FirstFailures {
 public:
  // One more; `text` is asked for only where it is kept.
  void add(const std::function<std::string()>& text);
  // On stderr, with how many more there are, and in which file all are, if any.
  void print(const std::string& all) const;

 private:
  std::vector<std::string> shown_;
  std::uint64_t count_ = 0;
};

}  // namespace imagemill::cli
