// Turns a deadlock into a failure that says where.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include "engine/metrics/progress_counters.h"

namespace imagemill::testing {

// While it lives, something must happen at least every `limit`: in the run that `run` watches, or,
// without one, its own end. Else `on_stall` is called with what every node of the run was doing; by
// default that prints it and aborts the program.
class Watchdog {
 public:
  explicit Watchdog(std::string what, std::chrono::milliseconds limit = std::chrono::seconds(60),
                    const ProgressCounters* run = nullptr,
                    std::function<void(const std::string&)> on_stall = abort)
      : thread_([this, what = std::move(what), limit, run,
                 on_stall = std::move(on_stall)](const std::stop_token& stop) {
          std::unique_lock lock(mutex_);
          std::uint64_t seen = 0;
          while (true) {
            ended_.wait_for(lock, stop, limit, [] { return false; });
            if (stop.stop_requested()) return;
            const std::uint64_t now = run == nullptr ? 0 : run->progress();
            if (now == seen) break;
            seen = now;
          }
          on_stall("watchdog: nothing happens any more: " + what + "\n" +
                   (run == nullptr ? "" : run->describe()));
        }) {}

 private:
  static void abort(const std::string& report) {
    std::fputs(report.c_str(), stderr);
    std::abort();
  }

  std::mutex mutex_;
  // Allocates. The thread itself may not: a test may be failing allocations when it starts.
  std::condition_variable_any ended_;
  std::jthread thread_;
};

}  // namespace imagemill::testing
