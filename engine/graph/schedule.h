// Which threads may run which node of a graph. Internal to the engine.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "engine/base/per_slot.h"
#include "engine/graph/graph.h"

namespace imagemill {

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

}  // namespace imagemill
