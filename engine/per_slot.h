// What a run keeps for each slot. Internal to the engine.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <vector>

#include "engine/graph.h"

namespace imagemill {

// A slot is a thread's place in the run: at most one thread works in a slot at a time, so what is
// kept by slot (measurements, scratch) needs no lock. These are [first, first + count).
struct SlotRange {
  int first = 0;
  int count = 1;

  int end() const { return first + count; }
};

// The slots of the threads that may run a node, for each node of a graph: the workers share theirs,
// the source and each I/O node have one for each thread. What is kept by node and slot so grows
// with the nodes, not with their square. Choices are counted by the source's threads.
std::vector<SlotRange> slots_of(const Graph& graph, int workers);

// A T for each slot of a range, made when its slot first asks for it.
template <class T>
class PerSlot {
 public:
  explicit PerSlot(SlotRange slots)
      : slots_(slots), places_(std::make_unique<Place[]>(static_cast<std::size_t>(slots.count))) {}

  // The slot's own. Requires: `slot` is in the range, and the calling thread has it. Throws
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

  // Calls `visit` for each that was made. Thread-safe, as far as T is.
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
