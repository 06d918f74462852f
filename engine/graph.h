// A validated graph: nodes in topological order, wired and typed.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/node.h"
#include "engine/registry.h"

namespace imagemill {

// What a user says about one node.
struct NodeConfig {
  std::string name;
  std::string type;
  std::vector<std::string> inputs;                          // names of nodes
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
  std::string name;
  const NodeType* type = nullptr;  // owned by the registry
  std::unique_ptr<Node> node;
  int concurrency = 0;  // 0: as many as there are workers
  std::vector<std::size_t> inputs;
  std::vector<std::size_t> successors;

  // Whether it runs on `concurrency` threads of its own instead of the workers.
  bool on_io_threads() const {
    return type->role == Role::source || type->schema.resource == Resource::io;
  }
};

// Acyclic, with one source, whose every node can be reached from it. Movable, not copyable. Running
// it mutates its nodes: one run at a time.
class Graph {
 public:
  // All faults at once, in the order of the configs. The registry must outlive the graph.
  static tl::expected<Graph, std::vector<GraphFault>> build(const std::vector<NodeConfig>& configs,
                                                            const NodeRegistry& registry);

  // In topological order; the source first.
  const std::vector<GraphNode>& nodes() const { return nodes_; }
  Node& source() const { return *nodes_.front().node; }
  // How many nodes have no successor: the ends that each item reaches.
  int ends() const;

  Result<void> open(const Environment& environment) const;

  // What becomes of an item with these facts, at every node: memory, shrink-on-load, output paths.
  // Or the error of the first node that refuses it.
  Result<std::vector<NodePlan>> plan(const ItemInfo& item) const;
  // Upper bound of the memory that an item so planned ever holds at once, whatever the order in
  // which its branches run: along a chain the largest input + scratch + output; of branches, the
  // sum.
  std::uint64_t peak_bytes(const std::vector<NodePlan>& plans) const;

 private:
  std::vector<GraphNode> nodes_;
};

}  // namespace imagemill
