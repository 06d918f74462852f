#include "engine/run/worker_threads.h"

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>

#include <oneapi/tbb/task_arena.h>

#include "engine/base/exception_guard.h"

namespace imagemill {

Result<void> start_worker_threads(int workers) {
  // State of the process, as its threads are. A task may outlive this call, so it owns nothing.
  static std::mutex one_at_a_time;
  static std::atomic<std::uint64_t> calls_ended = 0;
  const std::lock_guard lock(one_at_a_time);
  const std::uint64_t before = calls_ended;
  const auto started = guarded([&] {
    std::deque<oneapi::tbb::task_arena> arenas;
    for (int i = 1; i < workers; ++i) {
      // An arena of one thread has that thread started here. An arena of many has each thread start
      // the next two, where an exception ends the process. The task keeps its thread busy, so that
      // the next arena gets another one.
      arenas.emplace_back(1, 0).enqueue([before] { calls_ended.wait(before); });
    }
  });
  ++calls_ended;
  calls_ended.notify_all();
  if (started || started.error().code == "out_of_memory") return started;
  return failure("no_threads",
                 "cannot start the threads of " + std::to_string(workers) + " workers");
}

}  // namespace imagemill
