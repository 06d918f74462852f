#include "engine/per_slot.h"

namespace imagemill {

std::vector<SlotRange> slots_of(const Graph& graph, int workers) {
  const auto& nodes = graph.nodes();
  const SlotRange readers{workers, nodes.front().concurrency};
  int next = readers.end();
  std::vector<SlotRange> slots(nodes.size(), SlotRange{0, workers});
  slots.front() = readers;
  for (std::size_t i = 1; i < nodes.size(); ++i) {
    if (nodes[i].type->role == Role::choice) {
      slots[i] = readers;
    } else if (nodes[i].on_io_threads()) {
      slots[i] = {next, nodes[i].concurrency};
      next = slots[i].end();
    }
  }
  return slots;
}

}  // namespace imagemill
