// Turns a deadlock into a failure.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

namespace imagemill::testing {

// While it lives, the program must not take longer than `limit`, or it is aborted with a message.
class Watchdog {
 public:
  explicit Watchdog(std::string what, std::chrono::seconds limit = std::chrono::seconds(60))
      : thread_([what = std::move(what), limit](const std::stop_token& stop) {
          std::mutex mutex;
          std::condition_variable_any ended;
          std::unique_lock lock(mutex);
          ended.wait_for(lock, stop, limit, [] { return false; });
          if (stop.stop_requested()) return;
          std::fprintf(stderr, "watchdog: still not done: %s\n", what.c_str());
          std::abort();
        }) {}

 private:
  std::jthread thread_;
};

}  // namespace imagemill::testing
