// How far every node of a run has come: for whoever watches it, or must find out why it does not go
// on.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "engine/base/mutex.h"

namespace imagemill {

// Filled in by one run (RunOptions::watch), read by anybody meanwhile. Costs a run a few atomic
// additions a node and item, so it is watched only where somebody asks. Must outlive the run.
class RunWatch {
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
    Counter due = 0;      // packets that are to come to it, of all admitted items
    Counter arrived = 0;  // … that have come, all parts of a join together
    Counter begun = 0;
    Counter ended = 0;
    Counter paired = 0;  // of a join: packets that have come to one of its ports
    Counter joined = 0;  // … and have found their partners
  };
  struct Source {
    Counter taken = 0;     // entries of the cursor
    Counter planned = 0;   // of which looked at, and planned
    Counter admitted = 0;  // items that have their memory
    Counter begun = 0;     // reads
    Counter read = 0;      // … that are done
    Counter ended = 0;     // items
  };

  // For the run: what it fills in. Stages are added before the first of them begins.
  Source source;
  void name_source(std::string name, int limit);
  Stage& add_stage(std::string name, int limit, bool joins);

  // How things stand at one node.
  struct Standing {
    std::string name;
    int limit = 0;              // executions at once
    std::uint64_t waiting = 0;  // packets before it; of the source, items that wait for memory
    std::uint64_t running = 0;  // executions
    std::uint64_t done = 0;     // executions, since the beginning
  };
  // The source first, then in topological order; empty before the run has begun. Thread-safe.
  std::vector<Standing> standings() const;

  // Another number whenever something has happened. Thread-safe.
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
