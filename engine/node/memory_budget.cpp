#include "engine/node/memory_budget.h"

#include <algorithm>

namespace imagemill {

Lease::~Lease() {
  if (budget_ != nullptr) budget_->release(bytes_);
}

Lease MemoryBudget::reserve(std::uint64_t bytes, const std::stop_token& stop) {
  MutexLock lock(mutex_);
  const auto fits = [&]() IMAGEMILL_REQUIRES(mutex_) {
    return leases_ == 0 || (leases_ < max_leases_ && used_ <= limit_ && bytes <= limit_ - used_);
  };
  const Shortage shortage = fits()                   ? Shortage::none
                            : leases_ == max_leases_ ? Shortage::leases
                                                     : Shortage::bytes;
  const bool granted = freed_.wait(lock.waiting(), stop, fits);
  // A stop during the wait wins, even if there is room by now.
  if (!granted || stop.stop_requested()) return {};
  used_ += bytes;
  ++leases_;
  peak_ = std::max(peak_, used_);
  largest_ = std::max(largest_, bytes);
  return {this, bytes, shortage};
}

void MemoryBudget::release(std::uint64_t bytes) noexcept {
  bool wake = false;
  {
    const MutexLock lock(mutex_);
    used_ -= bytes;
    --leases_;
    // Waits until a third of the leases is free before it wakes anybody. So a thread reads several
    // small files in a row, which costs fewer context switches than a wake-up for each.
    wake = leases_ <= max_leases_ - max_leases_ / 3;
  }
  if (wake) freed_.notify_all();
}

void MemoryBudget::set_aside(std::uint64_t bytes) {
  const MutexLock lock(mutex_);
  limit_ -= std::min(limit_, bytes);
}

std::uint64_t MemoryBudget::limit() const {
  const MutexLock lock(mutex_);
  return limit_;
}

std::uint64_t MemoryBudget::used() const {
  const MutexLock lock(mutex_);
  return used_;
}

std::uint64_t MemoryBudget::peak() const {
  const MutexLock lock(mutex_);
  return peak_;
}

std::uint64_t MemoryBudget::largest() const {
  const MutexLock lock(mutex_);
  return largest_;
}

}  // namespace imagemill
