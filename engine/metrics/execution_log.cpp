#include "engine/metrics/execution_log.h"

#include <algorithm>
#include <tuple>

namespace imagemill {
namespace {

// Records that wait in memory for each slot.
constexpr std::size_t kHeld = 4096;
// Records that wait in memory for all slots together.
constexpr std::size_t kHeldByAll = 32 * kHeld;

}  // namespace

void ItemKeys::add(std::uint64_t item, std::string_view key) {
  if (places_.size() <= item) places_.resize(item + 1);
  places_[item] = log_.add(key);
}

std::optional<std::string> ItemKeys::find(std::uint64_t item) {
  return item < places_.size() ? log_.read(places_[item]) : std::nullopt;
}

void ExecutionLog::name(std::uint64_t item, std::string_view key) {
  const MutexLock lock(mutex_);
  keys_.add(item, key);
}

ExecutionLog::ExecutionLog(std::size_t slots)
    : held_(std::clamp<std::size_t>(kHeldByAll / std::max<std::size_t>(slots, 1), 64, kHeld)),
      slots_(slots),
      file_(open_temporary_file()) {
  for (auto& slot : slots_) slot.reserve(held_);
}

void ExecutionLog::add(const Visit& visit) {
  std::vector<Visit>& slot = slots_[visit.slot];
  slot.push_back(visit);
  if (slot.size() == held_) write(slot);
}

void ExecutionLog::write(std::vector<Visit>& visits) {
  const MutexLock lock(mutex_);
  std::size_t done = 0;
  if (file_ && !full_) done = std::fwrite(visits.data(), sizeof(Visit), visits.size(), file_.get());
  full_ = done < visits.size();
  written_ += done;
  lost_ += visits.size() - done;
  visits.clear();
}

ItemKeys ExecutionLog::take_keys() {
  const MutexLock lock(mutex_);
  return std::move(keys_);
}

std::uint64_t ExecutionLog::lost() const {
  const MutexLock lock(mutex_);
  return lost_;
}

std::vector<Visit> ExecutionLog::take() {
  const MutexLock lock(mutex_);
  std::vector<Visit> all(written_);
  if (file_) {
    std::rewind(file_.get());
    all.resize(std::fread(all.data(), sizeof(Visit), all.size(), file_.get()));
    lost_ += written_ - all.size();
  }
  for (std::vector<Visit>& slot : slots_) {
    all.insert(all.end(), slot.begin(), slot.end());
    slot = {};
  }
  std::sort(all.begin(), all.end(), [](const Visit& a, const Visit& b) {
    return std::tuple(a.start_ns, a.end_ns, a.slot) < std::tuple(b.start_ns, b.end_ns, b.slot);
  });
  return all;
}

}  // namespace imagemill
