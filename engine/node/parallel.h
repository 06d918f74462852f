// Splitting one execution of a node over idle workers.
#pragma once

#include <functional>
#include <optional>

namespace imagemill {

// Runs piece(0) to piece(count - 1) and returns when all are done: on the calling thread, and on
// workers that have nothing else to do. The pieces must not depend on their order or threads. What
// one throws comes out of it, once those that have begun are done. Thread-safe.
class Parallel {
 public:
  virtual ~Parallel() = default;
  virtual void run(int count, const std::function<void(int)>& piece) const = 0;
  // The place in the run (run_state.h) of the thread that asks, where that is known.
  virtual std::optional<int> slot() const { return {}; }

  // One after the other.
  static const Parallel& none();
};

}  // namespace imagemill
