#include "engine/tally.h"

#include <algorithm>
#include <set>

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
  count_losses(item);
  observer_.ended(item);
  return counts_;
}

// An item counts once for each kind, whichever of its nodes it was.
void Tally::count_losses(const Item& item) {
  const ItemInfo& info = item.info();
  std::set<std::string_view> counted;
  for (const Loss& loss : item.losses()) {
    if (!counted.insert(loss.kind.code).second) continue;
    KindCount& kind = losses_[loss.kind.code];
    if (kind.count.items == 0 || info.index < kind.first) {
      kind.first = info.index;
      kind.count.meaning = loss.kind.meaning;
      kind.count.example = to_string(loss, info.key);
    }
    ++kind.count.items;
  }
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

LossCounts Tally::losses() const {
  const std::lock_guard lock(mutex_);
  LossCounts counts;
  for (const auto& [code, kind] : losses_) counts.emplace(code, kind.count);
  return counts;
}

}  // namespace imagemill
