// How far every node of a run has come: for whoever must find out why a run does not go on.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>

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
    bool joins = false;
    Counter due = 0;  // packets that are to come to it, of all admitted items
    Counter begun = 0;
    Counter ended = 0;
    Counter paired = 0;  // of a join: packets that have come to one of its ports
    Counter joined = 0;  // … and have found their partners
  };
  struct Source {
    Counter taken = 0;     // entries of the cursor
    Counter planned = 0;   // of which looked at, and planned
    Counter admitted = 0;  // items that have their memory
    Counter ended = 0;     // items
  };

  // For the run: what it fills in. Stages are added before the first of them begins.
  Source source;
  Stage& add_stage(std::string name, bool joins);

  // Another number whenever something has happened. Thread-safe.
  std::uint64_t progress() const;
  // A line for the source and one for each stage that is not idle. Thread-safe.
  std::string describe() const;

 private:
  mutable std::mutex mutex_;  // guards the number of stages
  std::deque<Stage> stages_;
};

}  // namespace imagemill
