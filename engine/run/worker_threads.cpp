#include "engine/run/worker_threads.h"

#include <deque>
#include <latch>
#include <memory>
#include <string>

#include <oneapi/tbb/task_arena.h>

#include "engine/base/exception_guard.h"

namespace imagemill {

Result<void> start_worker_threads(int workers) {
  // Shared, since a task may outlive this call.
  const auto all_started = std::make_shared<std::latch>(1);
  const auto started = guarded([&] {
    std::deque<oneapi::tbb::task_arena> arenas;
    for (int i = 1; i < workers; ++i) {
      // An arena of one thread has that thread started here. An arena of many has each thread start
      // the next two, where an exception ends the process. The task keeps its thread busy, so that
      // the next arena gets another one.
      arenas.emplace_back(1, 0).enqueue([all_started] { all_started->wait(); });
    }
  });
  all_started->count_down();
  if (started || started.error().code == "out_of_memory") return started;
  return failure("no_threads",
                 "cannot start the threads of " + std::to_string(workers) + " workers");
}

}  // namespace imagemill
