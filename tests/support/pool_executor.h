// A third way to run a graph: plain threads, one queue, one mutex.
#pragma once

#include <memory>

#include "engine/run/executor.h"

namespace imagemill::testing {

// Runs any node that can run, taken at random from all that is ready, so that orders occur that
// oneTBB's depth-first scheduling never gives. Every hand-over goes through a mutex, which makes it
// the executor under which ThreadSanitizer sees all of the engine but oneTBB (it knows nothing of
// what an uninstrumented library synchronises).
std::unique_ptr<Executor> make_pool_executor(unsigned seed = 0);

}  // namespace imagemill::testing
