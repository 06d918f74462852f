// What both executors share: the state of one run. Internal to the engine.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/executor.h"
#include "engine/memory_budget.h"
#include "engine/path_claims.h"

namespace imagemill {

// A slot is a thread's place in the run: at most one thread works in a slot at a time, so what is
// kept by slot (measurements, scratch) needs no lock.
//
// Thread-safe, apart from open() and finish().
class RunState {
 public:
  RunState(const Graph& graph, const RunOptions& options, RunObserver& observer, int workers,
           int slots);

  // Opens the nodes and lists the source.
  Result<void> open();

  // The next item of the source: probed, admitted (here it waits for memory, and only here) and
  // read. What fails on the way is marked so. Nothing when the source is exhausted or the run is
  // stopping. Items are admitted, and output paths claimed, in the source's order, whatever threads
  // call this.
  std::optional<Packet> next_item(int slot);

  // Runs one node on one packet: the only place where a node's work is called, timed, and kept from
  // throwing. A packet with another mark than ok passes through. At an end of the graph the item's
  // branch ends here.
  Packet run_node(std::size_t node, Packet in, int slot);

  // Copies `out` for each successor of `node` but the last, which gets it; `deliver(successor,
  // packet)`.
  template <class Deliver>
  void fan_out(std::size_t node, Packet out, const Deliver& deliver) {
    const auto& successors = graph_.nodes()[node].successors;
    for (std::size_t k = 0; k + 1 < successors.size(); ++k) deliver(successors[k], Packet(out));
    if (!successors.empty()) deliver(successors.back(), std::move(out));
  }

  // Call once, after every packet is gone. Checks that nothing was lost: throws std::logic_error on
  // an engine that lost count.
  RunResult finish(std::string executor);

 private:
  struct Stage {
    std::vector<StageShard> shards;                       // by slot
    std::vector<std::unique_ptr<Node::Scratch>> scratch;  // by slot
  };
  struct Probe {
    std::optional<Error> error;
    std::optional<Candidate<Payload>> candidate;  // neither: no item
  };

  Probe probe(const std::string& key) const;
  std::shared_ptr<Item> admit(std::uint64_t entry, Probe& probe);
  void claim_paths(Item& item, const std::vector<NodePlan>& plans);
  bool await_turn(std::uint64_t entry);
  void pass_turn();
  Result<Payload> call(std::size_t node, Packet& in, int slot, StageShard& shard);
  void fail(std::size_t node, const std::shared_ptr<Item>& item, Error error);
  void end_branch(const std::shared_ptr<Item>& item, Outcome outcome);
  void stop(Ending ending, const std::string& cause);
  const std::string& key_of(std::uint64_t entry) const;
  int concurrency_of(const GraphNode& node) const;

  const Graph& graph_;
  const RunOptions& options_;
  RunObserver& observer_;
  const int workers_;
  const int ends_;
  MemoryBudget budget_;
  std::vector<Stage> stages_;
  std::int64_t started_ns_ = 0;

  std::stop_source stop_;
  std::optional<std::stop_callback<std::function<void()>>> on_outer_stop_;

  Listing listing_;
  std::atomic<std::uint64_t> next_entry_ = 0;
  std::mutex turn_mutex_;
  std::condition_variable_any turn_passed_;
  std::uint64_t turn_ = 0;              // the entry whose turn it is to be admitted
  std::uint64_t admitted_ = 0;          // by whoever has the turn
  PathClaims claims_;                   // likewise
  std::int64_t admission_wait_ns_ = 0;  // likewise

  std::mutex observer_mutex_;  // guards the observer and the next two
  ItemCounts counts_;
  std::uint64_t ignored_ = 0;

  std::mutex
      ending_mutex_;  // of its own, since an observer may request the stop; guards what follows
  Ending ending_ = Ending::complete;
  std::string cause_;
};

}  // namespace imagemill
