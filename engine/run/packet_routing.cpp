// How packets split after a one-to-many node, and meet before a joining one.
#include <algorithm>
#include <utility>

#include "engine/base/clock.h"
#include "engine/run/run_context.h"

namespace imagemill {

std::vector<Packet> RunContext::parts(std::size_t node, Packet out) const {
  const std::size_t count = out.item->plan(node).plan.parts.size();
  Payloads payloads(count);
  if (out.mark == Outcome::ok) payloads = std::any_cast<Payloads>(std::move(out.payload));
  out.item->add_packets(count - 1);
  std::vector<Packet> packets(count);
  for (std::size_t number = 0; number < count; ++number) {
    packets[number] = {.item = out.item,
                       .mark = out.mark,
                       .number = number,
                       .payload = std::move(payloads[number]),
                       .payload_bytes = out.payload_bytes / count,
                       .ready_ns = out.ready_ns};
  }
  return packets;
}

std::optional<Packet> RunContext::join(std::size_t node, std::size_t port, Packet packet) const {
  const GraphNode& config = graph_.nodes()[node];
  const std::shared_ptr<Item> item = packet.item;
  if (packet.mark != Outcome::ok) packet.payload.reset();
  ProgressCounters::Stage* const watch = stages_[node].watch;
  if (watch != nullptr) ProgressCounters::count(watch->paired);
  auto packets =
      item->join(node, port, config.inputs.size(), config.flow_inputs, std::move(packet));
  if (!packets) return {};
  item->merge_packets(config.flow_inputs - 1);
  if (watch != nullptr) ProgressCounters::count(watch->joined, config.flow_inputs);
  Packet joined{.item = item, .ready_ns = now_ns()};
  std::int64_t first = joined.ready_ns;
  Payloads payloads(packets->size());
  for (std::size_t i = 0; i < packets->size(); ++i) {
    Packet& part = (*packets)[i];
    if (graph_.nodes()[config.inputs[i].node].type->role == Role::constant) continue;
    if (part.mark != Outcome::ok) joined.mark = std::max(joined.mark, part.mark);
    joined.number = part.number;
    first = std::min(first, part.ready_ns);
    joined.payload_bytes += part.payload_bytes;
    payloads[i] = std::move(part.payload);
  }
  joined.partner_ns = joined.ready_ns - first;
  if (joined.mark == Outcome::ok) joined.payload = std::move(payloads);
  return joined;
}

}  // namespace imagemill
