// Who has ended, and how. Internal to the engine.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>

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
  LossCounts losses() const;

 private:
  struct KindCount {
    LossCount count;
    std::uint64_t first = 0;  // index of the example's item
  };

  void count_losses(const Item& item);

  mutable std::mutex mutex_;  // guards what follows
  RunObserver& observer_;
  ItemCounts counts_;
  std::uint64_t ignored_ = 0;
  std::map<std::string_view, KindCount> losses_;
};

}  // namespace imagemill
