// Counts of the items that have ended, by outcome. Internal to the engine.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "engine/base/mutex.h"
#include "engine/run/executor.h"

namespace imagemill {

// Counts outcomes and losses, and calls the observer, one call at a time. Thread-safe.
class OutcomeCounter {
 public:
  // What the observer throws goes to `failed`, which does not throw. `observer` outlives the
  // counter.
  OutcomeCounter(RunObserver& observer, std::function<void(const Error&)> failed)
      : failed_(std::move(failed)), observer_(observer) {}

  void listed(std::uint64_t entries) noexcept;
  void ignored(const std::string& key) noexcept;
  // Counts an ended item. Returns the counts that include it.
  ItemCounts ended(const Item& item) noexcept;

  // Outcomes so far. ItemCounts::admitted stays 0: the admission counts it.
  ItemCounts counts() const;
  std::uint64_t ignored() const;
  LossCounts losses() const;

 private:
  struct KindCount {
    LossCount count;
    std::uint64_t first = 0;  // index of the example's item
  };

  void count_losses(const Item& item) IMAGEMILL_REQUIRES(mutex_);
  void check(const Result<void>& told) const noexcept;

  const std::function<void(const Error&)> failed_;
  mutable Mutex mutex_;
  RunObserver& observer_;  // called while the mutex is held
  ItemCounts counts_ IMAGEMILL_GUARDED_BY(mutex_);
  std::uint64_t ignored_ IMAGEMILL_GUARDED_BY(mutex_) = 0;
  std::map<std::string_view, KindCount> losses_ IMAGEMILL_GUARDED_BY(mutex_);
};

}  // namespace imagemill
