#include "engine/graph/graph.h"

#include <algorithm>

#include "engine/base/date_format.h"
#include "engine/base/exception_guard.h"
#include "engine/graph/graph_builder.h"
#include "engine/graph/peak_memory.h"

namespace imagemill {
namespace {

bool leads_on(const std::vector<GraphNode>& nodes, const std::vector<NodePlan>& plans,
              std::size_t node) {
  for (std::size_t output = 0; output < nodes[node].outputs.size(); ++output) {
    if (!nodes[node].gives(plans[node], output)) continue;
    for (const auto& target : nodes[node].outputs[output]) {
      if (plans[target.node].packets > 0) return true;
    }
  }
  return false;
}

// Sets the plan of each node that leads to no sink to 0 packets.
void cut_dead_ends(const std::vector<GraphNode>& nodes, std::vector<NodePlan>& plans) {
  for (std::size_t i = nodes.size(); i-- > 0;) {
    if (nodes[i].type->role == Role::sink || plans[i].packets == 0) continue;
    if (!leads_on(nodes, plans, i)) plans[i].packets = 0;
  }
}

// Plans one item, in four steps. The first chooses the nodes that the item reaches. A forward pass
// then finds each node's output, and a backward pass the demand on that output. A second forward
// pass applies shrink-on-load.
class Planner {
 public:
  Planner(const std::vector<GraphNode>& nodes, const ItemInfo& item)
      : nodes_(nodes), item_(item), closed_(nodes.size()) {}

  Result<std::vector<NodePlan>> plan() {
    while (true) {
      plans_.assign(nodes_.size(), {});
      auto planned = plan_ways();
      if (!planned) return tl::make_unexpected(std::move(planned.error()));
      if (*planned) return std::move(plans_);
    }
  }

 private:
  // False if a node turns out to make no parts of this item. The item ends at that node, and the
  // nodes before it must be planned again.
  Result<bool> plan_ways() {
    if (auto chosen = choose_ways(); !chosen) {
      return tl::make_unexpected(std::move(chosen.error()));
    }
    if (plans_.front().packets == 0) return true;
    // The first pass assumes demand for the whole picture, since demands are computed from its
    // sizes.
    for (NodePlan& plan : plans_) plan.demand = {item_.facts.width, item_.facts.height};
    if (auto made = forwards(Pass::first); !made || !*made) return made;
    backwards();
    if (auto made = forwards(Pass::second); !made || !*made) return made;
    claim();
    return true;
  }

  bool on_way(std::size_t node) const { return plans_[node].packets > 0; }

  bool gives(std::size_t node, std::size_t output) const {
    return nodes_[node].gives(plans_[node], output);
  }

  // Chooses the nodes that the item reaches: packets come to each input, and the output leads to a
  // sink.
  Result<void> choose_ways() {
    for (std::size_t i = 1; i < nodes_.size(); ++i) {
      const GraphNode& node = nodes_[i];
      const bool reached =
          node.type->role != Role::constant && !closed_[i] &&
          std::all_of(node.inputs.begin(), node.inputs.end(), [&](const GraphNode::Source& input) {
            return nodes_[input.node].type->role == Role::constant ||
                   gives(input.node, input.output);
          });
      plans_[i].packets = reached ? 1 : 0;
      if (reached && node.type->role == Role::choice) {
        auto chosen =
            guarded([&] { return Result<std::optional<std::size_t>>(node.node->choose(item_)); });
        if (!chosen) {
          chosen.error().node = node.name;
          return tl::make_unexpected(std::move(chosen.error()));
        }
        plans_[i].choice = *chosen;
        plans_[i].skips = !plans_[i].choice;
      }
    }
    cut_dead_ends(nodes_, plans_);
    return {};
  }

  enum class Pass { first, second };

  // Plans every node after those before it. False as in plan_ways().
  Result<bool> forwards(Pass pass) {
    std::vector<Facts> in;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      const GraphNode& node = nodes_[i];
      NodePlan& plan = plans_[i];
      if (node.inputs.empty()) {
        plan.plan = {.out = node.type->role == Role::constant ? node.node->constant().facts
                                                              : item_.facts};
        continue;
      }
      if (!on_way(i)) continue;
      if (auto counted = count(i); !counted) {
        return tl::make_unexpected(std::move(counted.error()));
      }
      if (pass == Pass::first) {
        if (auto dated = check_dates(node); !dated) {
          return tl::make_unexpected(std::move(dated.error()));
        }
      }
      gather(i, in);
      plan.in = in.front();
      if (node.type->role == Role::choice) {
        plan.plan = {.out = plan.in};
        continue;
      }
      auto made = guarded([&] { return node.node->plan(in, plan.demand); });
      if (!made) {
        made.error().node = node.name;
        return tl::make_unexpected(std::move(made.error()));
      }
      plan.plan = std::move(*made);
      if (node.type->arity == Arity::many && plan.plan.parts.empty()) {
        closed_[i] = true;
        return false;
      }
    }
    return true;
  }

  // Counts the packets that come to a node, which must be the same number at all inputs.
  Result<void> count(std::size_t i) {
    NodePlan& plan = plans_[i];
    const GraphNode& node = nodes_[i];
    plan.packets = 0;
    for (const auto& [from, output] : node.inputs) {
      const GraphNode& source = nodes_[from];
      if (source.type->role == Role::constant) continue;
      const bool splits = source.type->arity == Arity::many;
      const std::size_t given = splits ? plans_[from].plan.parts.size() : plans_[from].packets;
      if (plan.packets != 0 && given != plan.packets) {
        Error error("unequal_parts",
                    "its inputs come in different numbers: " + std::to_string(plan.packets) +
                        " and " + std::to_string(given));
        error.node = node.name;
        return tl::make_unexpected(std::move(error));
      }
      if (plan.packets == 0) plan.parts_of = splits ? from : plans_[from].parts_of;
      plan.packets = given;
    }
    return {};
  }

  // Error no_date if the item lacks a date that the node uses.
  Result<void> check_dates(const GraphNode& node) const {
    for (const FieldName& date : node.dates) {
      const auto text =
          std::find_if(item_.texts.begin(), item_.texts.end(),
                       [&](const ItemText& known) { return known.name == date.name; });
      const bool is_there = text != item_.texts.end();
      if (is_there && formatted_date(date.format, text->value)) continue;
      Error error("no_date", is_there ? date.name + " is " + quote(text->value) +
                                            ", which has no " + quote(date.format)
                                      : "the file has no " + date.name);
      error.node = node.name;
      return tl::make_unexpected(std::move(error));
    }
    return {};
  }

  void gather(std::size_t i, std::vector<Facts>& in) const {
    in.clear();
    for (const auto& [from, output] : nodes_[i].inputs) in.push_back(plans_[from].plan.out);
  }

  void backwards() {
    std::vector<Facts> in;
    for (std::size_t i = nodes_.size(); i-- > 0;) {
      if (!on_way(i) || nodes_[i].outputs.empty()) continue;
      Demand wanted;
      for (std::size_t output = 0; output < nodes_[i].outputs.size(); ++output) {
        if (!gives(i, output)) continue;
        for (const auto& [next, port] : nodes_[i].outputs[output]) {
          if (!on_way(next)) continue;
          gather(next, in);
          wanted = larger(wanted, nodes_[next].node->demand(port, in, plans_[next].demand));
        }
      }
      plans_[i].demand = wanted;
    }
  }

  void claim() {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (nodes_[i].type->role != Role::sink || !on_way(i)) continue;
      NodePlan& plan = plans_[i];
      if (plan.parts_of == NodePlan::kNoParts) {
        plan.claims.push_back(nodes_[i].node->claim(item_, plan.in, nullptr));
        continue;
      }
      const std::vector<Part>& parts = plans_[plan.parts_of].plan.parts;
      for (std::size_t number = 0; number < parts.size(); ++number) {
        const PartOf part{number, parts[number]};
        plan.claims.push_back(nodes_[i].node->claim(item_, plan.in, &part));
      }
    }
  }

  const std::vector<GraphNode>& nodes_;
  const ItemInfo& item_;
  std::vector<NodePlan> plans_;
  std::vector<bool> closed_;  // by node: whether it makes no parts of this item
};

}  // namespace

tl::expected<Graph, std::vector<GraphFault>> Graph::build(const std::vector<NodeConfig>& configs,
                                                          const NodeRegistry& registry) {
  if (configs.empty())
    return tl::make_unexpected(std::vector<GraphFault>{{0, "", "the graph has no nodes"}});
  return build_nodes(configs, registry).map([](std::vector<GraphNode>&& nodes) {
    Graph graph;
    graph.nodes_ = std::move(nodes);
    return graph;
  });
}

Result<void> Graph::open(const Environment& environment) const {
  Environment left = environment;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const GraphNode& node = nodes_[i];
    auto opened = guarded([&] { return node.node->open(left); });
    const bool is_open = opened.has_value();
    if (!opened) opened.error().node = node.name;
    if (opened) opened = check_order(node);
    if (!opened) {
      // The first error is the one to tell.
      [[maybe_unused]] const auto closed = close_first(is_open ? i + 1 : i);
      return opened;
    }
    if (node.type->role != Role::constant) continue;
    left.memory_bytes -= std::min(left.memory_bytes, node.node->constant().facts.bytes);
  }
  return {};
}

Result<void> Graph::close() const { return close_first(nodes_.size()); }

Result<void> Graph::close_first(std::size_t count) const {
  Result<void> first;
  for (std::size_t i = 0; i < count; ++i) {
    auto closed = guarded([&] { return nodes_[i].node->close(); });
    if (closed || !first) continue;
    first = std::move(closed);
    first.error().node = nodes_[i].name;
  }
  return first;
}

Result<void> Graph::check_order(const GraphNode& node) const {
  const auto fields = node.node->fields();
  const bool counts = std::find(fields.begin(), fields.end(), "index") != fields.end();
  if (!counts || source().ordered()) return {};
  Error error("no_order",
              "the field {index} needs a list of files as input, or 'order: sorted' "
              "at the source: a folder's files come in no order to rely on");
  error.node = node.name;
  return tl::make_unexpected(std::move(error));
}

std::uint64_t Graph::max_in_flight(int workers) const {
  // I/O threads along a path can each have an item of their own, so their numbers add up. An item
  // reaches all its branches at once, so only the largest branch counts. At a choice, items take
  // different outputs, so the outputs add up.
  std::vector<int> threads(nodes_.size());  // I/O threads at each node and behind it
  for (std::size_t i = nodes_.size(); i-- > 0;) {
    const GraphNode& node = nodes_[i];
    int behind = 0;
    for (const auto& targets : node.outputs) {
      int most = 0;
      for (const auto& target : targets) most = std::max(most, threads[target.node]);
      behind = node.type->role == Role::choice ? behind + most : std::max(behind, most);
    }
    threads[i] = behind + (node.on_io_threads() ? node.concurrency : 0);
  }
  return static_cast<std::uint64_t>(2 * workers + threads.front());
}

std::uint64_t Graph::constant_bytes() const {
  std::uint64_t bytes = 0;
  for (const GraphNode& node : nodes_) {
    if (node.type->role == Role::constant) bytes += node.node->constant().facts.bytes;
  }
  return bytes;
}

std::uint64_t Graph::probe_bytes() const {
  return source().probe_bytes() * static_cast<std::uint64_t>(nodes_.front().concurrency);
}

Result<std::vector<NodePlan>> Graph::plan(const ItemInfo& item) const {
  return Planner(nodes_, item).plan();
}

void Graph::shorten(std::vector<NodePlan>& plans) const { cut_dead_ends(nodes_, plans); }

std::uint64_t Graph::peak_bytes(const std::vector<NodePlan>& plans, int workers) const {
  return imagemill::peak_bytes(nodes_, plans, schedule_of(*this, workers));
}

}  // namespace imagemill
