// Splits one execution of a node over idle workers.
#pragma once

#include <functional>
#include <optional>

namespace imagemill {

// Runs piece(0) to piece(count - 1) on the calling thread and on idle workers; returns when all are
// done. The pieces must not depend on their order or threads. If a piece throws, run() throws the
// same once all begun pieces are done. Thread-safe.
class Parallel {
 public:
  virtual ~Parallel() = default;
  virtual void run(int count, const std::function<void(int)>& piece) const = 0;
  // The calling thread's slot in the run (per_slot.h); nullopt if unknown.
  virtual std::optional<int> slot() const { return {}; }

  // Runs the pieces one after the other on the calling thread.
  static const Parallel& none();
};

}  // namespace imagemill
