#include "engine/tally.h"

#include <algorithm>

#include "engine/ledger.h"

namespace imagemill {

void Tally::listed(std::uint64_t entries) {
  const std::lock_guard lock(mutex_);
  observer_.listed(entries);
}

void Tally::ignored(const std::string& key) {
  const std::lock_guard lock(mutex_);
  ++ignored_;
  observer_.ignored(key);
}

ItemCounts Tally::ended(const Item& item) {
  const std::lock_guard lock(mutex_);
  switch (item.outcome()) {
    case Outcome::ok:
      ++counts_.ok;
      break;
    case Outcome::skipped:
      ++counts_.skipped;
      if (item.is_settled()) ++counts_.settled;
      break;
    case Outcome::failed:
      ++counts_.failed;
      if (item.record() && item.record()->failed_before) ++counts_.failed_again;
      break;
    case Outcome::cancelled:
      ++counts_.cancelled;
      break;
  }
  observer_.ended(item);
  return counts_;
}

bool FailureLimit::exceeded(const ItemCounts& counts) const {
  if (count && counts.failed > *count) return true;
  const auto ended = static_cast<double>(std::max(counts.newly_ended(), kLeastEnded));
  return share && static_cast<double>(counts.newly_failed()) > *share * ended;
}

ItemCounts Tally::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

std::uint64_t Tally::ignored() const {
  const std::lock_guard lock(mutex_);
  return ignored_;
}

}  // namespace imagemill
