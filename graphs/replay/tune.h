// Finds concurrencies, I/O threads and memory with which a graph is fastest, by replays of one run.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "graphs/config/config_edit.h"
#include "graphs/replay/replay_input.h"

namespace imagemill {

struct TuneRequest {
  int workers = 1;
  std::uint64_t memory_bytes = 0;  // the most that may be used
  std::uint64_t memory_now = 0;    // as the config has it
};

// One thing that is changed.
struct TunedKnob {
  std::string node;  // empty: memory
  std::string from;  // for a person
  std::string to;
  double without = 0;  // images/s of the replay with everything else tuned, and this as it was
};

struct Tuning {
  double now = 0;                // images/s of the replay, as the graph is
  double tuned = 0;              // … and as it would be
  std::vector<TunedKnob> knobs;  // none: it is good as it is
  ConfigChanges changes;
};

// Every limit on workers that may be lifted, threads of each stage that has its own (up to
// kMostThreads), and memory. What brings less than kWorthChanging in all is left alone; of what
// brings the same within that, the least is taken: fewest changes, fewest threads, least memory.
// Fails where the recording is of another graph. Cost: some dozens of replays.
constexpr int kMostThreads = 32;
constexpr double kWorthChanging = 0.02;
Result<Tuning> tune(const std::vector<NodeConfig>& configs, const NodeRegistry& registry,
                    const Recording& recording, const TuneRequest& request);

}  // namespace imagemill
