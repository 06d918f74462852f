#include "engine/graph/schedule.h"

#include <algorithm>

namespace imagemill {
namespace {

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

}  // namespace

int Schedule::slot_count() const {
  int count = 0;
  for (const SlotRange& range : slots) count = std::max(count, range.end());
  return count;
}

std::optional<std::size_t> sole_follower(const Graph& graph, std::size_t node) {
  const GraphNode& config = graph.nodes()[node];
  if (config.type->arity == Arity::many || config.outputs.size() != 1) return {};
  if (config.outputs.front().size() != 1) return {};
  const std::size_t next = config.outputs.front().front().node;
  const GraphNode& follower = graph.nodes()[next];
  return follower.works() && !follower.joins() ? std::optional(next) : std::nullopt;
}

Schedule schedule_of(const Graph& graph, int workers) {
  return {.workers = workers,
          .slots = slots_of(graph, workers),
          .fused = std::vector<std::optional<std::size_t>>(graph.nodes().size())};
}

Schedule fused_schedule_of(const Graph& graph, int workers) {
  const auto unlimited_cpu = [&](std::size_t node) {
    const GraphNode& config = graph.nodes()[node];
    return config.works() && !config.on_io_threads() && config.concurrency == 0;
  };
  Schedule schedule = schedule_of(graph, workers);
  for (std::size_t i = 0; i < graph.nodes().size(); ++i) {
    const auto next = sole_follower(graph, i);
    if (next && unlimited_cpu(i) && unlimited_cpu(*next)) schedule.fused[i] = next;
  }
  return schedule;
}

Schedule serial_schedule_of(const Graph& graph) {
  const std::size_t count = graph.nodes().size();
  Schedule schedule{.workers = 1,
                    .one_thread = true,
                    .slots = std::vector<SlotRange>(count),
                    .fused = std::vector<std::optional<std::size_t>>(count)};
  for (std::size_t i = 0; i < count; ++i) schedule.fused[i] = sole_follower(graph, i);
  return schedule;
}

}  // namespace imagemill
