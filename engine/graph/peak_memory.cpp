#include "engine/graph/peak_memory.h"

#include <algorithm>
#include <utility>

namespace imagemill {
namespace {

// Peak bytes of a part of an item: element n applies while n workers execute its nodes. The values
// never decrease. More workers than the last index find no node to execute.
using Held = std::vector<std::uint64_t>;

std::uint64_t at(const Held& held, std::size_t workers) {
  return held[std::min(workers, held.size() - 1)];
}

// Raises each element of `held` to that of `other`, if that is larger.
void raise(Held& held, const Held& other) {
  while (held.size() < other.size()) held.push_back(held.back());
  for (std::size_t n = 0; n < held.size(); ++n) held[n] = std::max(held[n], at(other, n));
}

class PeakMemory {
 public:
  PeakMemory(const std::vector<GraphNode>& nodes, const std::vector<NodePlan>& plans,
             const Schedule& schedule)
      : nodes_(nodes),
        plans_(plans),
        schedule_(schedule),
        workers_(static_cast<std::size_t>(schedule.workers)),
        after_(nodes.size()) {}

  std::uint64_t bytes() {
    Held all = {records() + profile()};
    for (std::size_t i = nodes_.size(); i-- > 0;) {
      if (plans_[i].packets == 0) continue;
      after_[i] = after(i);
      if (!nodes_[i].joins()) continue;
      Held joined = execution(i, plans_[i].plan.out.bytes);
      raise(joined, after_[i]);
      all = both(all, times(joined, plans_[i].packets));
    }
    return both(all, after_.front()).back();
  }

 private:
  // Bytes of the item's records, without payloads.
  std::uint64_t records() const {
    std::uint64_t bytes = 0;
    for (const NodePlan& plan : plans_) {
      const bool of_parts = plan.parts_of != NodePlan::kNoParts;
      if (of_parts) bytes += plan.claims.size() * kBytesAClaim;
      bytes += plan.plan.parts.size() * kBytesAPacket;
    }
    const std::size_t counted = nodes_.size() - std::min(nodes_.size(), kFewNodes);
    return bytes + counted * (sizeof(NodePlan) + kBytesAPacket);
  }

  // Bytes of the colour profile, which all pictures of an item share.
  std::uint64_t profile() const {
    std::uint64_t bytes = 0;
    for (const NodePlan& plan : plans_) bytes = std::max(bytes, plan.plan.out.profile_bytes);
    return bytes;
  }

  // Peak of two parts at once, over all ways to divide the workers between them.
  Held both(const Held& a, const Held& b) const {
    const std::size_t most = std::min(workers_, a.size() + b.size() - 2);
    Held held(most + 1);
    for (std::size_t n = 0; n <= most; ++n) {
      for (std::size_t k = n - std::min(n, b.size() - 1); k <= std::min(n, a.size() - 1); ++k) {
        held[n] = std::max(held[n], a[k] + b[n - k]);
      }
    }
    return held;
  }

  // Peak of `count` equal parts at once.
  Held times(Held one, std::size_t count) const {
    Held all = {0};
    for (; count > 0; count /= 2) {
      if (count % 2 != 0) all = both(all, one);
      if (count > 1) one = both(one, one);
    }
    return all;
  }

  // Peak of a node while it runs and holds `payloads` bytes besides its scratch.
  Held execution(std::size_t i, std::uint64_t payloads) const {
    const std::uint64_t bytes = payloads + plans_[i].plan.scratch_bytes;
    const bool beside_workers = nodes_[i].on_io_threads() && !schedule_.one_thread;
    return beside_workers ? Held{bytes} : Held{0, bytes};
  }

  // Peak of one packet, from its output by node i until all that it leads to is gone or waits at a
  // join.
  Held after(std::size_t i) const {
    const std::uint64_t output = plans_[i].plan.out.bytes;
    std::size_t targets = 0;
    for_each_target(i, [&](const GraphNode::Target& /*target*/) { ++targets; });
    // A worker holds the output of a fused node until the next node has run.
    Held held = schedule_.fused[i] ? Held{0, output} : Held{output};
    for_each_target(i, [&](const GraphNode::Target& target) {
      if (!nodes_[target.node].joins()) follow(held, output, target, targets == 1);
    });
    return held;
  }

  // Adds to `held` the peak of an output at one of its targets.
  void follow(Held& held, std::uint64_t output, const GraphNode::Target& target,
              bool is_only) const {
    const auto& [next, port] = target;
    const NodeType& type = *nodes_[next].type;
    const Plan& plan = plans_[next].plan;
    if (type.role == Role::choice) {
      held = is_only ? after_[next] : both(held, after_[next]);
      return;
    }
    const bool parts = type.arity == Arity::many;
    const bool sink = type.role == Role::sink;
    const std::uint64_t made = parts ? plan.parts_bytes : sink ? 0 : plan.out.bytes;
    // A node works in place on its first input only. If the packet comes to another port, the first
    // input is a constant, which is shared.
    const bool in_place = is_only && plan.in_place && port == 0;
    // With several branches, the last to run keeps the shared output alive, so each branch counts
    // only its own.
    const std::uint64_t payloads = in_place  ? std::max(output, made)
                                   : is_only ? output + made
                                             : made;
    Held branch = execution(next, payloads);
    if (parts) {
      raise(branch, times(after_[next], plan.parts.size()));
    } else if (!sink) {
      raise(branch, after_[next]);
    }
    if (is_only) {
      raise(held, branch);
    } else {
      held = both(held, branch);
    }
  }

  // Calls `visit` for each target that gets packets of this item.
  template <class Visit>
  void for_each_target(std::size_t i, const Visit& visit) const {
    for (std::size_t output = 0; output < nodes_[i].outputs.size(); ++output) {
      if (!nodes_[i].gives(plans_[i], output)) continue;
      for (const auto& target : nodes_[i].outputs[output]) {
        if (plans_[target.node].packets > 0) visit(target);
      }
    }
  }

  const std::vector<GraphNode>& nodes_;
  const std::vector<NodePlan>& plans_;
  const Schedule& schedule_;
  const std::size_t workers_;
  std::vector<Held> after_;  // by node
};

}  // namespace

std::uint64_t peak_bytes(const std::vector<GraphNode>& nodes, const std::vector<NodePlan>& plans,
                         const Schedule& schedule) {
  if (plans.front().packets == 0) return 0;
  return PeakMemory(nodes, plans, schedule).bytes();
}

}  // namespace imagemill
