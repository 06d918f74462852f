// What a run keeps for each slot. Internal to the engine.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "engine/graph/graph.h"

namespace imagemill {

// A slot is a thread's place in the run: at most one thread works in a slot at a time, so what is
// kept by slot (measurements, scratch) needs no lock. These are [first, first + count).
struct SlotRange {
  int first = 0;
  int count = 1;

  int end() const { return first + count; }
};

// How an executor runs a graph.
struct Schedule {
  int workers = 1;
  // Whether there is one thread for all, I/O nodes included: an item ends before the next one
  // begins.
  bool one_thread = false;
  // By node, the slots of the threads that may run it.
  std::vector<SlotRange> slots;
  // By node, the one that the same worker runs next with the same packet, which so never waits for
  // a worker in between; nullopt where it may wait.
  std::vector<std::optional<std::size_t>> fused;

  int slot_count() const;
};

// The workers share their slots, the source and each I/O node have one for each thread: what is
// kept by node and slot grows with the nodes, not with their square. Choices are counted by the
// source's threads. Nothing is fused.
Schedule schedule_of(const Graph& graph, int workers);
// The same; CPU nodes without a limit are fused where one always follows the other.
Schedule fused_schedule_of(const Graph& graph, int workers);
// One thread, depth first.
Schedule serial_schedule_of(const Graph& graph);

// The only node that can follow a node, always and with the same packet.
std::optional<std::size_t> sole_follower(const Graph& graph, std::size_t node);

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
