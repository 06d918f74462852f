#include "engine/run/outcome_counter.h"

#include <algorithm>
#include <set>

#include "engine/base/exception_guard.h"
#include "engine/resume/resume_plan.h"

namespace imagemill {

namespace {

constexpr std::string_view kObserver = "the observer threw";

}  // namespace

// Reports an error of the observer. Called without the lock, since failed_ may ask for the counts.
void OutcomeCounter::check(const Result<void>& told) const noexcept {
  if (!told) failed_(told.error());
}

void OutcomeCounter::listed(std::uint64_t entries) noexcept {
  MutexLock lock(mutex_);
  const auto told = guarded([&] { observer_.listed(entries); }, kObserver);
  lock.unlock();
  check(told);
}

void OutcomeCounter::ignored(const std::string& key) noexcept {
  MutexLock lock(mutex_);
  ++ignored_;
  const auto told = guarded([&] { observer_.ignored(key); }, kObserver);
  lock.unlock();
  check(told);
}

ItemCounts OutcomeCounter::ended(const Item& item) noexcept {
  MutexLock lock(mutex_);
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
  // The mutex is held here, which the analysis cannot see from within the lambda.
  const auto counted = guarded([&]() IMAGEMILL_UNCHECKED { count_losses(item); });
  const ItemCounts counts = counts_;
  const auto told = guarded([&] { observer_.ended(item); }, kObserver);
  lock.unlock();
  check(counted);
  check(told);
  return counts;
}

// Counts an item once for each kind of loss, however many of its nodes had that loss.
void OutcomeCounter::count_losses(const Item& item) {
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

ItemCounts OutcomeCounter::counts() const {
  const MutexLock lock(mutex_);
  return counts_;
}

std::uint64_t OutcomeCounter::ignored() const {
  const MutexLock lock(mutex_);
  return ignored_;
}

LossCounts OutcomeCounter::losses() const {
  const MutexLock lock(mutex_);
  LossCounts counts;
  for (const auto& [code, kind] : losses_) counts.emplace(code, kind.count);
  return counts;
}

}  // namespace imagemill
