// Runs one node as a graph would: read from YAML, opened, planned, given its scratch, called.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "graphs/config/load_graph.h"
#include "tests/support/image_files.h"

namespace imagemill::testing {

// The facts of a payload that is at hand.
Facts facts_of(const Image& image);
Facts facts_of(const Bytes& file);  // as `read` finds them. Throws where that fails
Facts facts_of(const Payload& payload);

// These node types, and for each payload type that they exchange a source "given_TYPE" and a sink
// "taken_TYPE", which do nothing.
NodeRegistry with_ends(NodeRegistry types);
// All the node types, with these.
const NodeRegistry& registry_with_ends();

// A config with this node ("{type: resize, width: 4}") between what it needs. Throws
// std::invalid_argument for a type that does not exist.
std::string graph_around(const std::string& node, const NodeRegistry& types = registry_with_ends());

// In what `out` differs from what was planned, or takes more memory; empty where it does not.
std::vector<std::string> plan_faults(const Payload& out, const Plan& plan);

class NodeRunner {
 public:
  // Throws std::runtime_error with what is wrong with the node, or with opening it. `types`, with
  // ends, must outlive the runner.
  explicit NodeRunner(const std::string& node, const Environment& environment = {},
                      const NodeRegistry& types = registry_with_ends());

  // What the outputs so far lack of their inputs.
  const std::vector<Loss>& losses() const { return losses_.kept; }

  // What becomes of one payload. Fails the test where that takes more memory, or is another
  // picture, than was planned. Not for several threads at once.
  Result<Image> run(const Image& image);
  Result<Image> run(const Bytes& file);
  Result<Bytes> encode(const Image& image);

  // Its parts.
  Result<NodePlan> plan(const Facts& in) const;
  Node& node() const { return *graph_node().node; }
  const NodeType& type() const { return *graph_node().type; }
  Result<Payload> process(const Payload& in, const NodePlan& plan, Node::Scratch* scratch) const;
  // The same of one handle for each port, which the node gets as its own.
  Result<Payload> process(Payloads in, const NodePlan& plan, Node::Scratch* scratch) const;
  Node::Scratch* scratch() const { return scratch_.get(); }
  // The same with plan and scratch, and the plan checked.
  Result<Payload> run_payload(const Payload& in);

 private:
  const GraphNode& graph_node() const { return loaded_->graph.nodes()[index_]; }

  struct KeptLosses final : Losses {
    void add(const LossKind& kind, std::string message) const override {
      kept.push_back({kind, std::move(message)});
    }
    mutable std::vector<Loss> kept;
  };

  std::unique_ptr<LoadedGraph> loaded_;
  std::size_t index_ = 0;
  std::unique_ptr<Node::Scratch> scratch_;
  KeptLosses losses_;
};

// What opening the node comes to.
Result<void> open_node(const std::string& node, const Environment& environment = {});

// The payload that carries a file.
Payload encoded(const Bytes& file);

}  // namespace imagemill::testing
