// Memory of the items in flight, bounded at admission.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <stop_token>
#include <utility>

#include "engine/base/mutex.h"

namespace imagemill {

class MemoryBudget;

// What a lease had to wait for.
enum class Shortage : std::uint8_t {
  none,
  leases,  // max_leases were out
  bytes,   // too few bytes were free
};

// A share of the budget. The destructor returns it, and only subtracts and notifies.
class Lease {
 public:
  Lease() = default;
  Lease(Lease&& other) noexcept
      : budget_(std::exchange(other.budget_, nullptr)),
        bytes_(std::exchange(other.bytes_, 0)),
        shortage_(other.shortage_) {}
  Lease& operator=(Lease&& other) noexcept {
    std::swap(budget_, other.budget_);
    std::swap(bytes_, other.bytes_);
    std::swap(shortage_, other.shortage_);
    return *this;
  }
  ~Lease();

  explicit operator bool() const { return budget_ != nullptr; }
  std::uint64_t bytes() const { return bytes_; }
  Shortage shortage() const { return shortage_; }

 private:
  friend class MemoryBudget;
  Lease(MemoryBudget* budget, std::uint64_t bytes, Shortage shortage)
      : budget_(budget), bytes_(bytes), shortage_(shortage) {}

  MemoryBudget* budget_ = nullptr;
  std::uint64_t bytes_ = 0;
  Shortage shortage_ = Shortage::none;
};

// Hands out leases whose sum stays within `limit` bytes and whose number stays within `max_leases`.
// A request larger than the limit waits until no other lease is out, and then runs alone. An item
// asks once, for its whole peak, and holds no lease while it waits; so no two items can deadlock.
// Thread-safe. Must outlive its leases.
class MemoryBudget {
 public:
  MemoryBudget(std::uint64_t limit, std::uint64_t max_leases)
      : max_leases_(max_leases), limit_(limit) {}

  // Waits until `bytes` fit. The lease is empty if `stop` was requested first.
  Lease reserve(std::uint64_t bytes, const std::stop_token& stop);

  // Lowers the limit by `bytes` that the run holds until its end.
  void set_aside(std::uint64_t bytes);

  std::uint64_t limit() const;
  std::uint64_t used() const;
  std::uint64_t peak() const;     // highest sum of leases so far
  std::uint64_t largest() const;  // largest single lease so far

 private:
  friend class Lease;
  void release(std::uint64_t bytes) noexcept;

  const std::uint64_t max_leases_;
  mutable Mutex mutex_;
  std::condition_variable_any freed_;
  std::uint64_t limit_ IMAGEMILL_GUARDED_BY(mutex_);
  std::uint64_t used_ IMAGEMILL_GUARDED_BY(mutex_) = 0;
  std::uint64_t leases_ IMAGEMILL_GUARDED_BY(mutex_) = 0;
  std::uint64_t peak_ IMAGEMILL_GUARDED_BY(mutex_) = 0;
  std::uint64_t largest_ IMAGEMILL_GUARDED_BY(mutex_) = 0;
};

}  // namespace imagemill
