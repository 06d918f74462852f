// What a replay needs of a recorded run: what every execution of every item took, and beside how
// much else.
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
  // An execution of a node, with the pieces of it that other workers took.
  struct Visit {
    std::uint16_t node = 0;  // of the graph; the source's is its reading
    std::uint32_t part = 0;  // number of the packet
    double service_s = 0;
    double busy_workers = 0;  // at work meanwhile, itself among them: mean; 0 off the workers
  };
  struct Item {
    std::string key;
    double probe_s = 0;
    bool admitted = false;  // not: what was looked at and is none
    std::uint64_t lease_bytes = 0;
    std::uint32_t visits = 0;  // of `Recording::visits`, in which items follow one another
  };
  struct Stage {
    std::string node;
    // By how much of itself an execution takes longer for each further worker that is busy; nothing
    // was measured where it is not known.
    Estimate contention;
    bool contention_known = false;
    double cpu_share = 1;  // of its service time: on a CPU
    double setup_s = 0;    // making what it keeps for a thread: mean
  };

  int workers = 0;
  int cpus = 0;                    // of the machine
  std::uint64_t memory_bytes = 0;  // the budget, without what is held for the whole run
  std::uint64_t run_items = 0;     // that were looked at; `items` are a part of many
  double images_per_s = 0;         // as measured, without the phases at one worker
  double lead_in_s = 0;            // from the beginning to the first look at an item
  double lead_out_s = 0;           // from the last execution to the end
  double wake_s = 0;               // for an idle worker to begin what has come: median
  // Amdahl's: of the workers' busy seconds, those in which exactly one of them was. Not of a run
  // with one worker.
  std::optional<double> serial_fraction;
  std::vector<Stage> stages;  // by node
  std::vector<Item> items;    // in the source's order
  std::vector<Visit> visits;  // of an item sorted by node and part
};

// Of a run on the flow executor whose visits were recorded, and its profile. Of more than
// kRecordedItems items, blocks of kBlock that follow one another, evenly spread. Takes the items'
// keys off the disk, hence not const.
constexpr std::size_t kRecordedItems = 20'000;
constexpr std::size_t kBlock = 200;
Recording make_recording(const Profile& profile, RunResult& run, int cpus);

// What if a node took so many times as long?
void scale_service(Recording& recording, std::size_t node, double factor);

}  // namespace imagemill
