// Who has ended, and how. Internal to the engine.
#pragma once

#include <mutex>
#include <string>

#include "engine/executor.h"

namespace imagemill {

// Counts, and lets the observer hear of it, one call at a time. Thread-safe.
class Tally {
 public:
  explicit Tally(RunObserver& observer) : observer_(observer) {}

  void listed(std::uint64_t entries);
  void ignored(const std::string& key);
  // Counts with it.
  ItemCounts ended(const Item& item);

  // `admitted` is not counted here.
  ItemCounts counts() const;
  std::uint64_t ignored() const;

 private:
  mutable std::mutex mutex_;  // guards what follows
  RunObserver& observer_;
  ItemCounts counts_;
  std::uint64_t ignored_ = 0;
};

}  // namespace imagemill
