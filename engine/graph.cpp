#include "engine/graph.h"

#include <algorithm>
#include <map>
#include <set>

namespace imagemill {
namespace {

std::string quote(std::string_view text) { return "'" + std::string(text) + "'"; }

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string meant = nearest(word, candidates);
  return meant.empty() ? "" : "; did you mean " + quote(meant) + "?";
}

// Builds the nodes of a graph while it collects all that is wrong with their configs.
class Builder {
 public:
  Builder(const std::vector<NodeConfig>& configs, const NodeRegistry& registry)
      : configs_(configs), registry_(registry) {}

  tl::expected<std::vector<GraphNode>, std::vector<GraphFault>> build() {
    for (std::size_t i = 0; i < configs_.size(); ++i) make(i);
    for (std::size_t i = 0; i < configs_.size(); ++i) wire(i);
    check_source();
    if (faults_.empty()) sort();
    if (!faults_.empty()) {
      std::stable_sort(faults_.begin(), faults_.end(),
                       [](const auto& a, const auto& b) { return a.node < b.node; });
      return tl::make_unexpected(std::move(faults_));
    }
    return std::move(nodes_);
  }

 private:
  void fail(std::size_t node, std::string key, std::string message) {
    faults_.push_back({node, std::move(key), std::move(message)});
  }

  void make(std::size_t i) {
    const NodeConfig& config = configs_[i];
    GraphNode& node = nodes_.emplace_back();
    node.name = config.name;
    if (!index_.emplace(config.name, i).second)
      fail(i, "", "a second node named " + quote(config.name));
    node.type = registry_.find(config.type);
    if (node.type == nullptr) {
      if (config.type.empty()) {
        fail(i, "", "node " + quote(config.name) + " has no type");
      } else {
        fail(i, "type",
             "unknown node type " + quote(config.type) +
                 did_you_mean(config.type, registry_.names()));
      }
      return;
    }
    node.node = node.type->make();
    set_params(i, node);
    set_concurrency(i, node);
  }

  void set_params(std::size_t i, GraphNode& node) {
    const std::size_t before = faults_.size();
    for (const auto& [name, text] : configs_[i].params) {
      const ParamSpec* param = node.type->schema.find(name);
      if (param == nullptr) {
        auto known = node.type->schema.param_names();
        known.insert(known.end(), {"type", "in", "concurrency"});
        fail(i, name,
             "node type " + quote(node.type->name) + " has no parameter " + quote(name) +
                 did_you_mean(name, known));
      } else if (const auto wrong = param->set(node.node->parameters(), text)) {
        fail(i, name, name + ": " + *wrong);
      }
    }
    if (faults_.size() > before) return;
    if (const auto broken = node.node->broken_requirement()) fail(i, "", *broken);
  }

  void set_concurrency(std::size_t i, GraphNode& node) {
    const int asked = configs_[i].concurrency;
    const bool serial = node.type->parallelism == Parallelism::serial;
    if (serial && asked > 1) {
      fail(i, "concurrency",
           "node type " + quote(node.type->name) + " is serial: concurrency can only be 1");
    }
    node.concurrency = asked > 0 ? asked : serial ? 1 : node.type->schema.default_concurrency;
    if (node.on_io_threads()) node.concurrency = std::max(node.concurrency, 1);
  }

  void wire(std::size_t i) {
    const NodeType* type = nodes_[i].type;
    const auto& inputs = configs_[i].inputs;
    for (const std::string& input : inputs) mark_taken(input);
    if (type == nullptr) return;
    if (type->role == Role::source && !inputs.empty()) {
      fail(i, "in", "node type " + quote(type->name) + " is a source and takes no input");
      return;
    }
    if (type->role != Role::source && inputs.size() != 1) {
      fail(i, inputs.empty() ? "" : "in",
           "node " + quote(configs_[i].name) + " needs one input" +
               (inputs.empty() ? ": say which node it follows, as in 'in: NODE'"
                               : ", not " + std::to_string(inputs.size())));
      return;
    }
    for (const std::string& input : inputs) connect(input, i);
  }

  // Somebody wants this output, even if he misspelt it or has faults of his own.
  void mark_taken(const std::string& name) {
    auto found = index_.find(name);
    if (found == index_.end()) found = index_.find(nearest(name, node_names()));
    if (found != index_.end()) taken_.insert(found->second);
  }

  std::vector<std::string> node_names() const {
    std::vector<std::string> names;
    for (const auto& entry : index_) names.push_back(entry.first);
    return names;
  }

  void connect(const std::string& from, std::size_t to) {
    const auto found = index_.find(from);
    if (found == index_.end()) {
      fail(to, "in", "no node is named " + quote(from) + did_you_mean(from, node_names()));
      return;
    }
    GraphNode& source = nodes_[found->second];
    if (source.type == nullptr) return;
    if (source.type->output.empty()) {
      fail(to, "in", quote(from) + " is a " + source.type->name + " node, which has no output");
    } else if (source.type->output != nodes_[to].type->input) {
      fail(to, "in",
           quote(configs_[to].name) + " needs " + quote(nodes_[to].type->input) + ", but " +
               quote(from) + " gives " + quote(source.type->output) +
               hint(source.type->output, nodes_[to].type->input));
    }
    nodes_[to].inputs.push_back(found->second);
    source.successors.push_back(to);
  }

  // Names the node type that would bridge two ports.
  std::string hint(std::string_view from, std::string_view to) const {
    for (const std::string& name : registry_.names()) {
      const NodeType* type = registry_.find(name);
      if (type->input == from && type->output == to)
        return "; put a node of type " + quote(name) + " between them";
    }
    return "";
  }

  void check_source() {
    std::vector<std::size_t> sources;
    bool all_known = true;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      const NodeType* type = nodes_[i].type;
      all_known = all_known && type != nullptr;
      if (type == nullptr) continue;
      if (type->role == Role::source) sources.push_back(i);
      if (type->role != Role::sink && !taken_.contains(i)) {
        fail(i, "", "nothing takes the output of node " + quote(nodes_[i].name));
      }
    }
    if (sources.empty() && all_known)
      fail(0, "", "the graph has no source: it needs a node such as 'read: {type: read}'");
    for (std::size_t k = 1; k < sources.size(); ++k) {
      fail(sources[k], "type",
           "a second source: a graph has one, and it is " + quote(nodes_[sources[0]].name));
    }
  }

  // Kahn's algorithm; among the nodes that are ready, the order of the configs.
  void sort() {
    std::vector<std::size_t> missing(nodes_.size());
    std::set<std::size_t> ready;
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      missing[i] = nodes_[i].inputs.size();
      if (missing[i] == 0) ready.insert(i);
    }
    while (!ready.empty()) {
      const std::size_t next = *ready.begin();
      ready.erase(ready.begin());
      order.push_back(next);
      for (const std::size_t successor : nodes_[next].successors) {
        if (--missing[successor] == 0) ready.insert(successor);
      }
    }
    if (order.size() == nodes_.size()) return renumber(order);
    std::set<std::size_t> cyclic;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (missing[i] > 0) cyclic.insert(i);
    }
    name_cycle(std::move(cyclic));
  }

  // `cyclic`: the nodes of cycles, and those that only follow one.
  void name_cycle(std::set<std::size_t> cyclic) {
    const auto only_follows = [&](std::size_t i) {
      const auto& next = nodes_[i].successors;
      return std::none_of(next.begin(), next.end(),
                          [&](std::size_t s) { return cyclic.contains(s); });
    };
    while (std::erase_if(cyclic, only_follows) > 0) {
    }
    std::string names;
    for (const std::size_t i : cyclic) names += (names.empty() ? "" : ", ") + nodes_[i].name;
    fail(*cyclic.begin(), "in", "a cycle runs through these nodes: " + names);
  }

  void renumber(const std::vector<std::size_t>& order) {
    std::vector<std::size_t> place(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) place[order[i]] = i;
    std::vector<GraphNode> sorted;
    for (const std::size_t i : order) {
      GraphNode& node = sorted.emplace_back(std::move(nodes_[i]));
      for (auto& index : node.inputs) index = place[index];
      for (auto& index : node.successors) index = place[index];
    }
    nodes_ = std::move(sorted);
  }

  const std::vector<NodeConfig>& configs_;
  const NodeRegistry& registry_;
  std::vector<GraphNode> nodes_;
  std::map<std::string, std::size_t> index_;
  std::set<std::size_t> taken_;  // whose output is wanted by name
  std::vector<GraphFault> faults_;
};

}  // namespace

tl::expected<Graph, std::vector<GraphFault>> Graph::build(const std::vector<NodeConfig>& configs,
                                                          const NodeRegistry& registry) {
  if (configs.empty())
    return tl::make_unexpected(std::vector<GraphFault>{{0, "", "the graph has no nodes"}});
  return Builder(configs, registry).build().map([](std::vector<GraphNode>&& nodes) {
    Graph graph;
    graph.nodes_ = std::move(nodes);
    return graph;
  });
}

int Graph::ends() const {
  return static_cast<int>(std::count_if(
      nodes_.begin(), nodes_.end(), [](const GraphNode& node) { return node.successors.empty(); }));
}

Result<void> Graph::open(const Environment& environment) const {
  for (const GraphNode& node : nodes_) {
    auto opened = node.node->open(environment);
    if (!opened) {
      opened.error().node = node.name;
      return opened;
    }
  }
  return {};
}

Result<std::vector<NodePlan>> Graph::plan(const ItemInfo& item) const {
  std::vector<NodePlan> plans(nodes_.size());
  const auto forwards = [&]() -> Result<void> {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      const GraphNode& node = nodes_[i];
      NodePlan& plan = plans[i];
      if (node.inputs.empty()) {
        plan.plan = {.out = item.facts};
        continue;
      }
      plan.in = plans[node.inputs.front()].plan.out;
      auto made = node.node->plan(plan.in, plan.demand);
      if (!made) {
        made.error().node = node.name;
        return tl::make_unexpected(std::move(made.error()));
      }
      plan.plan = *made;
    }
    return {};
  };
  // First as if everybody wanted the whole picture, to know the sizes from which demands are
  // computed.
  for (NodePlan& plan : plans) plan.demand = {item.facts.width, item.facts.height};
  if (auto made = forwards(); !made) return tl::make_unexpected(std::move(made.error()));
  for (std::size_t i = nodes_.size(); i-- > 0;) {
    if (nodes_[i].successors.empty()) continue;
    plans[i].demand = {};
    for (const std::size_t next : nodes_[i].successors) {
      plans[i].demand =
          larger(plans[i].demand, nodes_[next].node->demand(plans[next].in, plans[next].demand));
    }
  }
  if (auto made = forwards(); !made) return tl::make_unexpected(std::move(made.error()));
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i].type->role == Role::sink)
      plans[i].claim = nodes_[i].node->claim(item, plans[i].in);
  }
  return plans;
}

std::uint64_t Graph::peak_bytes(const std::vector<NodePlan>& plans) const {
  // after[i]: the most that is held from when node i has put its output until all that follows is
  // gone.
  std::vector<std::uint64_t> after(nodes_.size());
  for (std::size_t i = nodes_.size(); i-- > 0;) {
    const auto& successors = nodes_[i].successors;
    const std::uint64_t output = plans[i].plan.out.bytes;
    if (successors.size() == 1) {
      const std::size_t next = successors.front();
      const Plan& plan = plans[next].plan;
      const std::uint64_t payloads =
          plan.in_place ? std::max(output, plan.out.bytes) : output + plan.out.bytes;
      const std::uint64_t working = payloads + plan.scratch_bytes;
      after[i] = std::max(working, after[next]);
      continue;
    }
    // The branch that runs last keeps the shared output alive all the while.
    after[i] = output;
    for (const std::size_t next : successors) {
      const Plan& plan = plans[next].plan;
      after[i] += std::max(plan.scratch_bytes + plan.out.bytes, after[next]);
    }
  }
  return std::max(plans.front().plan.out.bytes, after.front());
}

}  // namespace imagemill
