// State for each slot of a run.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

namespace imagemill {

// The slots [first, first + count). A slot is a thread's place in the run. At most one thread works
// in a slot at a time, so state for a slot (measurements, scratch) needs no lock.
struct SlotRange {
  int first = 0;
  int count = 1;

  int end() const { return first + count; }
};

// A T for each slot of a range, made at the first at() of its slot.
template <class T>
class PerSlot {
 public:
  explicit PerSlot(SlotRange slots)
      : slots_(slots), places_(std::make_unique<Place[]>(static_cast<std::size_t>(slots.count))) {}

  // The T of `slot`. Requires: `slot` is in the range, and the calling thread works in it. Throws
  // std::bad_alloc.
  T& at(int slot) {
    Place& place = places_[static_cast<std::size_t>(slot - slots_.first)];
    T* made = place.value.load(std::memory_order_relaxed);
    if (made == nullptr) {
      made = new T();
      place.value.store(made, std::memory_order_release);
    }
    return *made;
  }

  // Calls `visit` for each T made so far. Thread-safe if reading a T is.
  template <class Visit>
  void each(const Visit& visit) const {
    for (int i = 0; i < slots_.count; ++i) {
      const T* made = places_[static_cast<std::size_t>(i)].value.load(std::memory_order_acquire);
      if (made != nullptr) visit(*made);
    }
  }

 private:
  struct Place {
    std::atomic<T*> value = nullptr;
    ~Place() { delete value.load(std::memory_order_acquire); }
  };

  SlotRange slots_;
  std::unique_ptr<Place[]> places_;
};

}  // namespace imagemill
