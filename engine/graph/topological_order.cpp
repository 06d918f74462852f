#include "engine/graph/topological_order.h"

#include <algorithm>
#include <set>

namespace imagemill {
namespace {

// The fault that names a cycle. `cyclic`: the nodes of cycles, and nodes that follow them.
GraphFault name_cycle(const std::vector<GraphNode>& nodes, std::set<std::size_t> cyclic,
                      const std::vector<std::vector<std::size_t>>& followers) {
  const auto only_follows = [&](std::size_t i) {
    return std::none_of(followers[i].begin(), followers[i].end(),
                        [&](std::size_t s) { return cyclic.contains(s); });
  };
  while (std::erase_if(cyclic, only_follows) > 0) {
  }
  std::string names;
  for (const std::size_t i : cyclic) names += (names.empty() ? "" : ", ") + nodes[i].name;
  return {*cyclic.begin(), "in", "a cycle runs through these nodes: " + names};
}

}  // namespace

// Kahn's algorithm.
std::vector<std::size_t> topological_order(const std::vector<GraphNode>& nodes,
                                           std::vector<GraphFault>& faults) {
  std::vector<std::size_t> missing(nodes.size());
  std::vector<std::vector<std::size_t>> followers(nodes.size());
  const auto rank = [&](std::size_t i) {
    return std::pair(nodes[i].type == nullptr || nodes[i].type->role != Role::source, i);
  };
  const auto first = [&](std::size_t a, std::size_t b) { return rank(a) < rank(b); };
  std::set<std::size_t, decltype(first)> ready(first);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    for (const auto& input : nodes[i].inputs) {
      if (input.node >= nodes.size()) continue;  // not wired; reported as another fault
      ++missing[i];
      followers[input.node].push_back(i);
    }
    if (missing[i] == 0) ready.insert(i);
  }
  std::vector<std::size_t> order;
  while (!ready.empty()) {
    const std::size_t next = *ready.begin();
    ready.erase(ready.begin());
    order.push_back(next);
    for (const std::size_t follower : followers[next]) {
      if (--missing[follower] == 0) ready.insert(follower);
    }
  }
  if (order.size() < nodes.size()) {
    std::set<std::size_t> cyclic;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      if (missing[i] > 0) cyclic.insert(i);
    }
    faults.push_back(name_cycle(nodes, std::move(cyclic), followers));
  }
  return order;
}

std::vector<GraphNode> reordered(std::vector<GraphNode> nodes,
                                 const std::vector<std::size_t>& order) {
  std::vector<std::size_t> place(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) place[order[i]] = i;
  std::vector<GraphNode> sorted;
  sorted.reserve(order.size());
  for (const std::size_t i : order) {
    GraphNode& node = sorted.emplace_back(std::move(nodes[i]));
    for (auto& input : node.inputs) input.node = place[input.node];
    for (auto& targets : node.outputs) {
      for (auto& target : targets) target.node = place[target.node];
    }
    if (node.parts_of != NodePlan::kNoParts) node.parts_of = place[node.parts_of];
  }
  return sorted;
}

}  // namespace imagemill
