// A recorded run once more, in no time: its items through a graph with other limits, workers or
// memory, event by event.
//
// What the engine does is done here, too: entries are looked at, take turns, wait for memory, and
// are read by the source's threads; a worker goes on with what it has made (depth first), then with
// what it has put aside, then with what has come from other threads, oldest first, then with what
// it can take from another worker; stages keep to their limits. An execution on a worker takes what
// it took when it was recorded, corrected for how many workers were busy beside it then, and are
// now. Work that was split among workers is one execution here.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/graph/graph.h"
#include "graphs/replay/replay_input.h"

namespace imagemill {

struct ReplayOptions {
  int workers = 1;
  // That share the workers' executions, as far as those compute; 0: as many as there are workers.
  int cpus = 0;
  std::uint64_t memory_bytes = 0;
  std::vector<double> contention = {};  // by node, instead of the recorded; none: as recorded
  // How many busy workers contend: more of them make nothing slower still; 0: any number.
  int contending = 0;
};

struct Replayed {
  double wall_s = 0;
  std::uint64_t memory_peak_bytes = 0;  // of leases
};

// A recording on its way through a graph. Both must outlive it. Thread-safe.
class Replay {
 public:
  // Fails where the recording is of another graph: other nodes, or wired otherwise.
  static Result<Replay> make(const Graph& graph, const Recording& recording);

  // `order`: indices of the recording's items, as the source gives them; any number of times each.
  // Cost: some microseconds an item and stage.
  Replayed run(const ReplayOptions& options, std::span<const std::uint32_t> order) const;
  // All items in the order in which they were recorded …
  Replayed run(const ReplayOptions& options) const;
  // … with a record of every execution, as of a run: for make_profile().
  RunResult recorded(const ReplayOptions& options) const;

  const Recording& recording() const { return *recording_; }
  const Graph& graph() const { return *graph_; }

  // Of an execution beside nobody.
  double alone_s(const Recording::Visit& visit, const ReplayOptions& options) const;
  // From an item's reading to its end, if nothing stood in its way.
  double critical_path_s(std::uint32_t item, const ReplayOptions& options) const;

 private:
  friend class Simulation;
  Replay(const Graph& graph, const Recording& recording) : graph_(&graph), recording_(&recording) {}
  bool link();

  const Graph* graph_;
  const Recording* recording_;
  std::vector<std::uint32_t> first_;  // by item: of its visits
  // By visit: of those that it feeds, where in `fed_` they begin, and how many it waits for.
  std::vector<std::uint32_t> fed_from_;
  std::vector<std::uint32_t> fed_;
  std::vector<std::uint16_t> awaited_;
};

}  // namespace imagemill
