// A validated graph: nodes in topological order, wired and typed.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/node/node.h"
#include "engine/node/registry.h"

namespace imagemill {

// Where an input comes from.
struct InputConfig {
  std::string from;  // a node; of several outputs one: "route.large"
  std::string port;  // which input it is; empty where the node has only one

  // NOLINTNEXTLINE(google-explicit-constructor): most inputs are just a name
  InputConfig(const char* node) : from(node) {}
  explicit InputConfig(std::string node, std::string to = "")
      : from(std::move(node)), port(std::move(to)) {}
};

// What a user says about one node.
struct NodeConfig {
  std::string name;
  std::string type;
  std::vector<InputConfig> inputs;
  std::vector<std::pair<std::string, std::string>> params;  // name and text
  int concurrency = 0;                                      // 0: the type's default
};

// Why a graph can't be built. `node` indexes the configs; `key` names the part of it that is at
// fault ("type", "in", "concurrency", a parameter), empty for the node as a whole.
struct GraphFault {
  std::size_t node = 0;
  std::string key;
  std::string message;
};

struct GraphNode {
  struct Source {
    std::size_t node;
    std::size_t output;  // of that node
  };
  struct Target {
    std::size_t node;
    std::size_t port;  // of that node
  };

  std::string name;
  const NodeType* type = nullptr;  // owned by the registry
  std::unique_ptr<Node> node;
  int concurrency = 0;                       // 0: as many as there are workers
  std::vector<Source> inputs;                // by port
  std::vector<std::string> output_names;     // one without a name: {""}
  std::vector<std::vector<Target>> outputs;  // by output; none of a sink or constant
  std::size_t flow_inputs = 0;               // those that are no constants
  // The one-to-many node that it is behind, if any.
  std::size_t parts_of = NodePlan::kNoParts;
  std::vector<FieldName> dates;  // of the fields that it uses, those that need a date of the item

  // Whether it runs on `concurrency` threads of its own instead of the workers.
  bool on_io_threads() const {
    return type->role == Role::source || type->schema.resource == Resource::io;
  }
  // Whether the engine runs it as a stage: choices are made, and constants loaded, beside the flow.
  bool works() const { return type->role == Role::transform || type->role == Role::sink; }
  bool joins() const { return flow_inputs > 1; }
  // Whether packets of an item that is so planned here leave by `output`.
  bool gives(const NodePlan& plan, std::size_t output) const {
    return plan.packets > 0 && (type->role != Role::choice || plan.choice == output);
  }
};

// Acyclic, with one source, whose every node can be reached from it. Movable, not copyable. Running
// it mutates its nodes: one run at a time.
class Graph {
 public:
  // All faults at once, in the order of the configs. The registry must outlive the graph.
  static tl::expected<Graph, std::vector<GraphFault>> build(const std::vector<NodeConfig>& configs,
                                                            const NodeRegistry& registry);

  // In topological order, constants after the source; the source first.
  const std::vector<GraphNode>& nodes() const { return nodes_; }
  Node& source() const { return *nodes_.front().node; }

  // Opens every node and loads the constants, which together hold no more than
  // Environment::memory_bytes. Fails, too, like check_order().
  Result<void> open(const Environment& environment) const;
  // Fails where a node uses the field {index}, and the source has no order (no_order). Requires:
  // the source is open.
  Result<void> check_order(const GraphNode& node) const;
  // How many items may be in flight, whatever their size: each thread on its way has one in hand
  // and each worker finds another waiting. More would only be more memory, and colder by the time
  // it is decoded.
  std::uint64_t max_in_flight(int workers) const;
  // Memory of the constants, once it is open.
  std::uint64_t constant_bytes() const;
  // Memory of the source's threads that probe.
  std::uint64_t probe_bytes() const;

  // What becomes of an item with these facts, at every node: which ways it takes, memory,
  // shrink-on-load, output paths. Or the error of the first node that refuses it, or that needs a
  // date which the item lacks (no_date). Of an item that no way leads to a sink, the source has no
  // packets: it need not be read.
  Result<std::vector<NodePlan>> plan(const ItemInfo& item) const;
  // Takes off the item's way what no longer leads to a sink that is on it.
  void shorten(std::vector<NodePlan>& plans) const;
  // Upper bound of the memory that an item so planned ever holds at once on so many workers:
  // peak_memory.h.
  std::uint64_t peak_bytes(const std::vector<NodePlan>& plans, int workers) const;

 private:
  std::vector<GraphNode> nodes_;
};

}  // namespace imagemill
