// Which threads may run which node of a graph. Internal to the engine.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "engine/base/per_slot.h"
#include "engine/graph/graph.h"

namespace imagemill {

// The threads, slots and fused nodes with which an executor runs a graph.
struct Schedule {
  int workers = 1;
  // True if one thread runs all nodes, I/O nodes included, so that an item ends before the next one
  // begins.
  bool one_thread = false;
  // By node, the slots of the threads that may run it.
  std::vector<SlotRange> slots;
  // By node, the node that the same worker runs next with the same packet, without a wait in
  // between; nullopt if the packet may wait.
  std::vector<std::optional<std::size_t>> fused;

  int slot_count() const;
};

// A schedule without fused nodes. CPU nodes share the workers' slots; the source and each I/O node
// have a slot for each of their threads. So memory by node and slot grows with the number of nodes,
// not with its square. The source's threads count choices, in their own slots.
Schedule schedule_of(const Graph& graph, int workers);
// Like schedule_of(), but CPU nodes without a limit are fused if one always follows the other.
Schedule fused_schedule_of(const Graph& graph, int workers);
// A schedule of one thread, depth first.
Schedule serial_schedule_of(const Graph& graph);

// The only node that follows `node`, always and with the same packet; nullopt if there is no such
// node.
std::optional<std::size_t> sole_follower(const Graph& graph, std::size_t node);

}  // namespace imagemill
