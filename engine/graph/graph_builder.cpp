#include "engine/graph/graph_builder.h"

#include <algorithm>
#include <map>
#include <set>

#include "engine/base/text.h"
#include "engine/graph/graph_rules.h"
#include "engine/graph/topological_order.h"

namespace imagemill {
namespace {

std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    text += (i == 0 ? "" : i + 1 == words.size() ? " and " : ", ") + quote(words[i]);
  }
  return text;
}

class Builder {
 public:
  Builder(const std::vector<NodeConfig>& configs, const NodeRegistry& registry)
      : configs_(configs), registry_(registry) {}

  tl::expected<std::vector<GraphNode>, std::vector<GraphFault>> build() {
    for (std::size_t i = 0; i < configs_.size(); ++i) make(i);
    for (std::size_t i = 0; i < configs_.size(); ++i) wire(i);
    for (std::size_t i = 0; i < configs_.size(); ++i) check_types(i);
    check_ends();
    check_texts(configs_, nodes_, faults_);
    sort();
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
    node.inputs.assign(node.type->inputs.size(), {kNowhere, 0});
    const bool valid = set_params(i, node);
    // The outputs of a choice depend on its parameters, so they are unknown if those are faulty.
    if (node.type->role != Role::sink && (valid || node.type->role != Role::choice)) {
      node.output_names = node.node->outputs();
      node.outputs.resize(node.output_names.size());
    }
    set_concurrency(i, node);
  }

  bool set_params(std::size_t i, GraphNode& node) {
    const std::size_t before = faults_.size();
    for (const auto& [name, text] : configs_[i].params) {
      const ParamSpec* param = node.type->schema.find(name);
      const std::string whole = name.substr(0, name.find('.'));
      if (param == nullptr && whole != name && node.type->schema.find(whole) != nullptr) {
        fail(i, name, whole + ": a single value is needed, not a map");
      } else if (param == nullptr) {
        auto known = node.type->schema.param_names();
        known.insert(known.end(), {"type", "in", "concurrency"});
        fail(i, name,
             "node type " + quote(node.type->name) + " has no parameter " + quote(name) +
                 did_you_mean(name, known));
      } else if (const auto wrong = param->set_named(node.node->parameters(), name, text)) {
        fail(i, name, name + ": " + *wrong);
      }
    }
    if (faults_.size() > before) return false;
    const auto broken = node.node->broken_requirement();
    if (broken) fail(i, "", *broken);
    return !broken;
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
    for (const InputConfig& input : configs_[i].inputs) {
      const auto port = type == nullptr ? std::nullopt : port_of(i, input);
      connect(input.from, i, port);
    }
    if (type == nullptr) return;
    if (configs_[i].inputs.empty() && type->inputs.size() == 1) {
      fail(i, "",
           "node " + quote(configs_[i].name) +
               " needs one input: say which node it follows, as in 'in: NODE'");
      return;
    }
    if (faulty_inputs_.contains(i)) return;
    for (std::size_t port = 0; port < type->inputs.size(); ++port) {
      if (nodes_[i].inputs[port].node == kNowhere && !misspelt_.contains({i, port})) {
        fail(i, configs_[i].inputs.empty() ? "" : "in",
             "node " + quote(configs_[i].name) + " needs its input " +
                 quote(type->inputs[port].name) + ", as in 'in: " + example_of(*type) + "'");
      }
    }
  }

  static std::string example_of(const NodeType& type) {
    std::string text;
    for (const InputPort& port : type.inputs) {
      text += (text.empty() ? "" : ", ") + std::string(port.name) + ": NODE";
    }
    return "{" + text + "}";
  }

  std::optional<std::size_t> port_of(std::size_t i, const InputConfig& input) {
    const NodeType& type = *nodes_[i].type;
    const auto refuse = [&](const std::string& why) {
      if (faulty_inputs_.insert(i).second) fail(i, "in", why);
      return std::nullopt;
    };
    if (type.inputs.empty()) {
      return refuse("node type " + quote(type.name) + " is a " +
                    (type.role == Role::source ? "source" : "constant") + " and takes no input");
    }
    if (input.port.empty()) {
      if (type.inputs.size() > 1) {
        return refuse("node type " + quote(type.name) +
                      " has several inputs: name them, as in 'in: " + example_of(type) + "'");
      }
      if (configs_[i].inputs.size() > 1) {
        return refuse("node " + quote(configs_[i].name) + " needs one input, not " +
                      std::to_string(configs_[i].inputs.size()));
      }
      return 0;
    }
    std::vector<std::string> names;
    for (std::size_t port = 0; port < type.inputs.size(); ++port) {
      if (type.inputs[port].name == input.port) return port;
      names.emplace_back(type.inputs[port].name);
    }
    return refuse("node type " + quote(type.name) + " has no input " + quote(input.port) +
                  "; it has " + listed(names));
  }

  std::vector<std::string> node_names() const {
    std::vector<std::string> names;
    for (const auto& entry : index_) names.push_back(entry.first);
    return names;
  }

  // Connects the output `from` to an input. Without a `port`, `to` is unknown or its input was
  // refused; the output still counts as taken.
  void connect(const std::string& from, std::size_t to, std::optional<std::size_t> port) {
    const auto dot = from.find('.');
    const std::string name = from.substr(0, dot);
    const auto found = index_.find(name);
    if (found == index_.end()) {
      if (port) {
        misspelt_.insert({to, *port});
        fail(to, "in", "no node is named " + quote(name) + did_you_mean(name, node_names()));
      }
      const auto meant = index_.find(nearest(name, node_names()));
      if (meant != index_.end()) taken_whole_.insert(meant->second);
      return;
    }
    GraphNode& source = nodes_[found->second];
    if (!port) {
      taken_whole_.insert(found->second);
      return;
    }
    const auto output =
        output_of(found->second, dot == std::string::npos ? "" : from.substr(dot + 1),
                  dot != std::string::npos, to);
    if (!output) {
      misspelt_.insert({to, *port});
      return;
    }
    taken_.insert({found->second, *output});
    if (nodes_[to].inputs[*port].node != kNowhere) {
      fail(to, "in", "input " + quote(nodes_[to].type->inputs[*port].name) + " is given twice");
      return;
    }
    nodes_[to].inputs[*port] = {found->second, *output};
    if (source.type->role == Role::constant) return;
    source.outputs[*output].push_back({to, *port});
    ++nodes_[to].flow_inputs;
  }

  std::optional<std::size_t> output_of(std::size_t from, const std::string& output, bool named,
                                       std::size_t to) {
    const GraphNode& source = nodes_[from];
    if (source.type != nullptr && source.type->role == Role::sink) {
      fail(to, "in",
           quote(source.name) + " is a " + source.type->name + " node, which has no output");
      return {};
    }
    if (source.output_names.empty()) {  // its faults are reported elsewhere
      taken_whole_.insert(from);
      return {};
    }
    const auto& names = source.output_names;
    const auto place = std::find(names.begin(), names.end(), output);
    if (place != names.end() && named == !names.front().empty()) {
      return static_cast<std::size_t>(place - names.begin());
    }
    taken_whole_.insert(from);
    if (names.front().empty()) {
      fail(to, "in",
           "node " + quote(source.name) +
               " has one output, without a name: say 'in: " + source.name + "'");
      return {};
    }
    std::vector<std::string> known;
    known.reserve(names.size());
    for (const std::string& known_output : names) {
      known.push_back(source.name + "." + known_output);
    }
    const std::string asked = named ? source.name + "." + output : source.name;
    fail(to, "in",
         "no output is named " + quote(asked) + "; node " + quote(source.name) + " has " +
             listed(known));
    return {};
  }

  // The payload type of a node's output; empty if it can't be determined.
  std::string_view output_type(std::size_t i, std::size_t steps = 0) const {
    const GraphNode& node = nodes_[i];
    if (node.type == nullptr || steps > nodes_.size()) return {};
    if (node.type->role != Role::choice) return node.type->output;
    const std::size_t from = node.inputs.front().node;
    return from == kNowhere ? std::string_view() : output_type(from, steps + 1);
  }

  void check_types(std::size_t i) {
    const GraphNode& node = nodes_[i];
    if (node.type == nullptr) return;
    for (std::size_t port = 0; port < node.inputs.size(); ++port) {
      const std::size_t from = node.inputs[port].node;
      if (from == kNowhere) continue;
      const std::string_view given = output_type(from);
      const std::string_view needed = node.type->inputs[port].type;
      if (given.empty() || needed.empty() || given == needed) continue;
      fail(i, "in",
           quote(configs_[i].name) + " needs " + quote(needed) + ", but " +
               quote(configs_[from].name) + " gives " + quote(given) + hint(given, needed));
    }
    if (!node.inputs.empty() && node.flow_inputs == 0 && !faulty_inputs_.contains(i) &&
        std::none_of(node.inputs.begin(), node.inputs.end(),
                     [](const auto& input) { return input.node == kNowhere; })) {
      fail(i, "in", "only constants come to node " + quote(node.name) + ", so it would never run");
    }
  }

  // A hint that names the node types which would connect two ports.
  std::string hint(std::string_view from, std::string_view to) const {
    std::string names;
    for (const std::string& name : registry_.names()) {
      const NodeType* type = registry_.find(name);
      if (type->inputs.size() == 1 && type->inputs.front().type == from && type->output == to)
        names += (names.empty() ? "" : " or ") + quote(name);
    }
    return names.empty() ? "" : "; put a node of type " + names + " between them";
  }

  void check_ends() {
    std::vector<std::size_t> sources;
    bool all_known = true;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      const GraphNode& node = nodes_[i];
      all_known = all_known && node.type != nullptr;
      if (node.type == nullptr) continue;
      if (node.type->role == Role::source) sources.push_back(i);
      if (taken_whole_.contains(i)) continue;
      for (std::size_t output = 0; output < node.output_names.size(); ++output) {
        if (taken_.contains({i, output})) continue;
        const std::string& name = node.output_names[output];
        fail(i, "",
             name.empty() ? "nothing takes the output of node " + quote(node.name)
                          : "nothing takes the output " + quote(node.name + "." + name));
      }
    }
    if (sources.empty() && all_known)
      fail(0, "", "the graph has no source: it needs a node such as 'read: {type: read}'");
    for (std::size_t k = 1; k < sources.size(); ++k) {
      fail(sources[k], "type",
           "a second source: a graph has one, and it is " + quote(nodes_[sources[0]].name));
    }
  }

  void sort() {
    const std::vector<std::size_t> order = topological_order(nodes_, faults_);
    if (faults_.empty()) mark_parts(nodes_, order, faults_);
    if (faults_.empty()) check_part_fields(configs_, nodes_, registry_, faults_);
    if (faults_.empty()) check_names(nodes_, faults_);
    if (faults_.empty()) nodes_ = reordered(std::move(nodes_), order);
  }

  static constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);

  const std::vector<NodeConfig>& configs_;
  const NodeRegistry& registry_;
  std::vector<GraphNode> nodes_;
  std::map<std::string, std::size_t> index_;
  std::set<std::pair<std::size_t, std::size_t>> taken_;  // node and output
  std::set<std::size_t> taken_whole_;                    // nodes that are used by an unknown output
  std::set<std::size_t> faulty_inputs_;
  std::set<std::pair<std::size_t, std::size_t>> misspelt_;  // node and port
  std::vector<GraphFault> faults_;
};

}  // namespace

tl::expected<std::vector<GraphNode>, std::vector<GraphFault>> build_nodes(
    const std::vector<NodeConfig>& configs, const NodeRegistry& registry) {
  return Builder(configs, registry).build();
}

}  // namespace imagemill
