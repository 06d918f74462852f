// Replay of a recorded run in simulated time: its items through a graph with other limits, workers
// or memory, event by event.
//
// The replay does what the engine does. Threads of the source probe entries, take turns, wait for
// memory, and read. A worker first continues with its own output (depth first), then with what it
// has put aside. Next come tasks from other threads, oldest first, and then those of another
// worker. Stages keep to their limits.
//
// An execution on a worker takes its recorded time, corrected for the numbers of workers busy then
// and now. Work that was split among workers is one execution here.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/graph/graph.h"
#include "graphs/replay/replay_input.h"

namespace imagemill {

struct ReplayOptions {
  int workers = 1;
  // CPUs that the workers share while their executions compute; 0: as many as workers.
  int cpus = 0;
  std::uint64_t memory_bytes = 0;
  std::vector<double> contention = {};  // by node; empty: as recorded
  // Number of busy workers beyond which contention grows no further; 0: no such number.
  int contending = 0;
};

struct Replayed {
  double wall_s = 0;
  std::uint64_t memory_peak_bytes = 0;  // peak of leased memory
};

// A recording linked to a graph. Graph and recording must outlive the replay. Thread-safe.
class Replay {
 public:
  // Fails if the recording is of another graph: other nodes, or other wiring.
  static Result<Replay> make(const Graph& graph, const Recording& recording);

  // Replays items in the given order. `order` holds indices of the recording's items, each any
  // number of times. Cost: some microseconds an item and stage.
  Replayed run(const ReplayOptions& options, std::span<const std::uint32_t> order) const;
  // Replays all items in the recorded order.
  Replayed run(const ReplayOptions& options) const;
  // Replays all items with a record of every execution, for make_profile().
  RunResult recorded(const ReplayOptions& options) const;

  const Recording& recording() const { return *recording_; }
  const Graph& graph() const { return *graph_; }

  // Time of an execution beside no other work.
  double alone_s(const Recording::Visit& visit, const ReplayOptions& options) const;
  // Shortest time from an item's reading to its end: its critical path beside no other work.
  double critical_path_s(std::uint32_t item, const ReplayOptions& options) const;

 private:
  friend class Simulation;
  Replay(const Graph& graph, const Recording& recording) : graph_(&graph), recording_(&recording) {}
  bool link();

  const Graph* graph_;
  const Recording* recording_;
  std::vector<std::uint32_t> first_;  // by item: index of its first visit
  // By visit: index in `fed_` of the first visit that it feeds.
  std::vector<std::uint32_t> fed_from_;
  // Visits fed, grouped by the feeding visit.
  std::vector<std::uint32_t> fed_;
  // By visit: number of packets that it waits for.
  std::vector<std::uint16_t> awaited_;
};

}  // namespace imagemill
