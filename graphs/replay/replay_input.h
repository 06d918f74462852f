// Input of a replay: the time of every execution of every item, and how many workers were busy
// beside it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/run/executor.h"
#include "graphs/profile/profile.h"
#include "graphs/stats/scaling_laws.h"

namespace imagemill {

struct Recording {
  // An execution of a node, including pieces that other workers took.
  struct Visit {
    std::uint16_t node = 0;  // index in the graph; at the source: reading
    std::uint32_t part = 0;  // number of the packet in the item
    double service_s = 0;
    double busy_workers = 0;  // mean number busy meanwhile, this one included; 0 off the workers
  };
  struct Item {
    std::string key;
    double probe_s = 0;
    bool admitted = false;  // false: the entry was probed and is no item
    std::uint64_t lease_bytes = 0;
    std::uint32_t visits = 0;  // number of its visits in `Recording::visits`, grouped by item
  };
  struct Stage {
    std::string node;
    // Relative increase of service time for each further busy worker; valid only if
    // `contention_known`.
    Estimate contention;
    bool contention_known = false;
    double cpu_share = 1;  // fraction of service time on a CPU
    double setup_s = 0;    // mean time to make the state kept for a thread
  };

  int workers = 0;
  int cpus = 0;                    // CPUs of the machine
  std::uint64_t memory_bytes = 0;  // the budget, without memory held for the whole run
  std::uint64_t run_items = 0;     // probed entries of the run; `items` may be a part of them
  double images_per_s = 0;         // as measured, outside the calibration phases
  double lead_in_s = 0;            // from the start to the first probe
  double lead_out_s = 0;           // from the last execution to the end
  double wake_s = 0;               // median time for an idle worker to begin a new task
  // Amdahl's: fraction of the workers' busy seconds in which exactly one was busy. nullopt for a
  // run with one worker.
  std::optional<double> serial_fraction;
  std::vector<Stage> stages;  // by node
  std::vector<Item> items;    // in the source's order
  std::vector<Visit> visits;  // grouped by item; in an item sorted by node and part
};

// Most items in a recording; of a longer run, evenly spread blocks of kBlock neighbours are kept.
constexpr std::size_t kRecordedItems = 20'000;
constexpr std::size_t kBlock = 200;
// Recording of a run on the flow executor with recorded visits, and its profile. `run` is not const
// because the items' keys are read back from the disk.
Recording make_recording(const Profile& profile, RunResult& run, int cpus);

// Multiplies the service time of a node by `factor`.
void scale_service(Recording& recording, std::size_t node, double factor);

}  // namespace imagemill
