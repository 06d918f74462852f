// The stages of a graph, each alone: over some items, one stage after the other.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "graphs/config/load_graph.h"

namespace imagemill::bench {

// One stage's pass over the batch.
struct StagePass {
  std::size_t node = 0;        // of the graph
  std::uint64_t items = 0;     // that went through it
  double wall_s = 0;           // from the first to the last, on all threads
  double service_s = 0;        // summed over the items
  std::uint64_t bytes_in = 0;  // payloads in memory; of the source, files
  std::uint64_t bytes_out = 0;
};

// An item of the batch, as the engine would have planned it.
struct BatchItem {
  ItemInfo info;
  std::vector<NodePlan> plans;
  Candidate<Payload> candidate;
  std::uint64_t lease_bytes = 0;
  std::uint64_t payload_bytes = 0;  // of all stages
  std::optional<Error> error;       // why it went no further
};

// Items of a folder, and the graph, whose nodes are open. Stages run alone over a window of items
// at a time, whose payloads are in memory, and then over the next: as few as that need no more
// fresh memory than a run of the graph does. Not thread-safe.
class StageBatch {
 public:
  // Takes the items through the graph once: those that fail are left out. Fails where the graph has
  // joins or cuts pictures into parts, which have no stage alone.
  static Result<StageBatch> prepare(const Graph& graph, const Environment& environment,
                                    std::uint64_t window_bytes);

  // Takes all items through the graph, stage by stage, each on so many threads. `visit` sees what
  // each stage takes, untimed, before it does: what it gets must not be kept.
  using Visit = std::function<void(std::size_t node, const BatchItem& item, const Payload& in)>;
  std::vector<StagePass> pass(int threads, const Visit& visit = {});

  const std::vector<BatchItem>& items() const { return items_; }

 private:
  explicit StageBatch(const Graph& graph) : graph_(&graph) {}
  Result<Payload> execute(std::size_t node, BatchItem& item, Payload in,
                          Node::Scratch* scratch) const;
  void run_stage(std::span<BatchItem> window, int threads, const Visit& visit, StagePass& done);
  Payload take_input(std::size_t node, std::size_t item);
  std::size_t window_at(std::size_t first) const;

  const Graph* graph_;
  std::uint64_t window_bytes_ = 0;
  std::vector<BatchItem> items_;
  std::vector<std::vector<Payload>> outputs_;  // by node and place in the window
  std::vector<std::size_t> last_user_;         // by node: who takes its output last
};

}  // namespace imagemill::bench
