// A validated graph: nodes in topological order, wired and typed.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/node/node.h"
#include "engine/node/registry.h"

namespace imagemill {

// The origin of one input of a node.
struct InputConfig {
  std::string from;  // a node, or one of a node's named outputs: "route.large"
  std::string port;  // name of the input; empty if the node has only one

  // NOLINTNEXTLINE(google-explicit-constructor): most inputs are just a name
  InputConfig(const char* node) : from(node) {}
  explicit InputConfig(std::string node, std::string to = "")
      : from(std::move(node)), port(std::move(to)) {}
};

// A user's description of one node.
struct NodeConfig {
  std::string name;
  std::string type;
  std::vector<InputConfig> inputs;
  std::vector<std::pair<std::string, std::string>> params;  // name and text
  int concurrency = 0;                                      // 0: the type's default
};

// A reason why a graph can't be built. `node` indexes the configs. `key` names the faulty part of
// that config ("type", "in", "concurrency", a parameter); it is empty if the whole node is at
// fault.
struct GraphFault {
  std::size_t node = 0;
  std::string key;
  std::string message;
};

struct GraphNode {
  struct Source {
    std::size_t node;
    std::size_t output;  // index of an output of `node`
  };
  struct Target {
    std::size_t node;
    std::size_t port;  // index of an input of `node`
  };

  std::string name;
  const NodeType* type = nullptr;  // owned by the registry
  std::unique_ptr<Node> node;
  int concurrency = 0;                       // executions at once; 0: as many as workers
  std::vector<Source> inputs;                // by port
  std::vector<std::string> output_names;     // one without a name: {""}
  std::vector<std::vector<Target>> outputs;  // by output; no targets for a sink or constant
  std::size_t flow_inputs = 0;               // number of inputs that are not constants
  // The one-to-many node whose parts come here; kNoParts if none do.
  std::size_t parts_of = NodePlan::kNoParts;
  std::vector<FieldName> dates;  // the fields used here that need a date of the item

  // Whether the node runs on `concurrency` threads of its own instead of the workers.
  bool on_io_threads() const {
    return type->role == Role::source || type->schema.resource == Resource::io;
  }
  // Whether the engine runs it as a stage: choices are made, and constants loaded, beside the flow.
  bool works() const { return type->role == Role::transform || type->role == Role::sink; }
  bool joins() const { return flow_inputs > 1; }
  // Whether packets of an item with this plan for the node leave by `output`.
  bool gives(const NodePlan& plan, std::size_t output) const {
    return plan.packets > 0 && (type->role != Role::choice || plan.choice == output);
  }
};

// An acyclic graph with one source, from which every node can be reached. Movable, not copyable. A
// run mutates the nodes, so a graph has one run at a time.
class Graph {
 public:
  // The graph of these configs, or all their faults, in the order of the configs. The registry must
  // outlive the graph.
  static tl::expected<Graph, std::vector<GraphFault>> build(const std::vector<NodeConfig>& configs,
                                                            const NodeRegistry& registry);

  // Nodes in topological order: the source first, constants after the source.
  const std::vector<GraphNode>& nodes() const { return nodes_; }
  Node& source() const { return *nodes_.front().node; }

  // Opens every node and loads the constants. Fails if the constants hold more than
  // Environment::memory_bytes together, or if check_order() fails.
  Result<void> open(const Environment& environment) const;
  // Closes every node, once no item is in flight. Returns the first error. Call once after each
  // open(), which closes what it has opened if it fails.
  Result<void> close() const;
  // Error no_order if `node` uses the field {index} and the source has no order. Requires: the
  // source is open.
  Result<void> check_order(const GraphNode& node) const;
  // How many items may be in flight, whatever their size: one for each thread that items pass, and
  // one more waiting for each worker. More items would only hold more memory, and would have left
  // the caches by the time they are decoded.
  std::uint64_t max_in_flight(int workers) const;
  // Bytes that the constants hold. Requires: the graph is open.
  std::uint64_t constant_bytes() const;
  // Bytes that the source's threads hold while they probe.
  std::uint64_t probe_bytes() const;

  // The plan of an item at every node: choices, memory, shrink-on-load, output paths. Fails with
  // the error of the first node that refuses the item. Fails with no_date if a node needs a date
  // that the item lacks. If no sink is reached, the plan of the source has 0 packets, and the item
  // need not be read.
  Result<std::vector<NodePlan>> plan(const ItemInfo& item) const;
  // Removes from the plans every node that no longer leads to a planned sink.
  void shorten(std::vector<NodePlan>& plans) const;
  // Upper bound of the bytes that an item with these plans holds at any time on `workers` workers
  // (peak_memory.h).
  std::uint64_t peak_bytes(const std::vector<NodePlan>& plans, int workers) const;

 private:
  Result<void> close_first(std::size_t count) const;

  std::vector<GraphNode> nodes_;
};

}  // namespace imagemill
