// Tuning: finds concurrencies, I/O threads and memory with the highest rate, by replays of one run.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "graphs/config/config_edit.h"
#include "graphs/replay/replay_input.h"

namespace imagemill {

struct TuneRequest {
  int workers = 1;
  std::uint64_t memory_bytes = 0;  // upper limit for the memory
  std::uint64_t memory_now = 0;    // memory in the config
};

// One changed setting.
struct TunedKnob {
  std::string node;  // empty: memory
  std::string from;  // for a person
  std::string to;
  double without = 0;  // images/s with all else tuned and this unchanged
};

struct Tuning {
  double now = 0;                // images/s of the replay as configured
  double tuned = 0;              // images/s of the replay with the changes
  std::vector<TunedKnob> knobs;  // empty: no change is worth it
  ConfigChanges changes;
};

// Most threads that tune() gives to a stage with threads of its own.
constexpr int kMostThreads = 32;
// Least relative gain in all that is worth a change.
constexpr double kWorthChanging = 0.02;
// Tunes limits on workers that may be lifted, threads of each stage that has its own, and memory.
// Among settings with the same rate, within kWorthChanging, takes the least: fewest changes, fewest
// threads, least memory. Fails if the recording is of another graph. Cost: some dozens of replays.
Result<Tuning> tune(const std::vector<NodeConfig>& configs, const NodeRegistry& registry,
                    const Recording& recording, const TuneRequest& request);

}  // namespace imagemill
