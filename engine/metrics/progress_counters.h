// Progress of every node of a run, to watch the run or to find the cause of a stall.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "engine/base/mutex.h"

namespace imagemill {

// Counters that one run fills in (RunOptions::watch) and any thread reads meanwhile. They cost the
// run a few atomic additions a node and item, so a run counts only on request. Must outlive the
// run.
class ProgressCounters {
 public:
  using Counter = std::atomic<std::uint64_t>;
  // Relaxed: a run that is watched synchronises no more than one that is not.
  static void count(Counter& counter, std::uint64_t more = 1) {
    counter.fetch_add(more, std::memory_order_relaxed);
  }

  struct Stage {
    std::string name;
    int limit = 0;  // executions at once
    bool joins = false;
    Counter due = 0;      // packets planned to come, of all admitted items
    Counter arrived = 0;  // packets that have come; a joined packet counts once
    Counter begun = 0;    // executions begun
    Counter ended = 0;    // executions ended
    Counter paired = 0;   // packets that have come to a port of a join
    Counter joined = 0;   // packets of `paired` that have found their partners
  };
  struct Source {
    Counter taken = 0;     // entries taken from the listing
    Counter planned = 0;   // items probed and planned
    Counter admitted = 0;  // items that have their memory
    Counter begun = 0;     // loads begun
    Counter read = 0;      // loads ended
    Counter ended = 0;     // items ended
  };

  // The source's counters. Only the run changes them and calls the next two methods.
  Source source;
  void name_source(std::string name, int limit);
  // Adds a stage. Requires: no stage has begun. The reference stays valid.
  Stage& add_stage(std::string name, int limit, bool joins);

  // The state of one node at one moment.
  struct Standing {
    std::string name;
    int limit = 0;              // executions at once
    std::uint64_t waiting = 0;  // packets before the node; at the source, items before admission
    std::uint64_t running = 0;  // executions now
    std::uint64_t done = 0;     // executions ended since the run began
  };
  // State of the source, then of the nodes in topological order; empty before the run has begun.
  // Thread-safe.
  std::vector<Standing> standings() const;

  // A sum of counters: grows when an entry is taken, planned or admitted, an item ends, an
  // execution begins or ends, or a packet comes to a join. Thread-safe.
  std::uint64_t progress() const;
  // A line for the source and one for each stage that is not idle. Thread-safe.
  std::string describe() const;

 private:
  mutable Mutex mutex_;
  std::deque<Stage> stages_ IMAGEMILL_GUARDED_BY(mutex_);
  std::string source_name_ IMAGEMILL_GUARDED_BY(mutex_);
  int source_limit_ IMAGEMILL_GUARDED_BY(mutex_) = 0;
};

}  // namespace imagemill
