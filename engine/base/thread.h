// Starts threads.
#pragma once

#include <concepts>
#include <new>
#include <stop_token>
#include <system_error>
#include <thread>
#include <utility>

#include "engine/base/exception_guard.h"
#include "engine/base/result.h"

namespace imagemill {

// Starts a thread that runs `body`, which may take the thread's stop token. An error (no_threads,
// out_of_memory) if no thread can be started. An exception in `body` ends the thread, after a call
// of `failed(error)` on that thread. `failed` must not throw. Both functions are destroyed on the
// new thread, or on the caller's if no thread starts.
template <class Body, class Failed>
Result<std::jthread> start_thread(Body body, Failed failed) {
  auto run = [body = std::move(body),
              failed = std::move(failed)](const std::stop_token& stop) mutable {
    const auto done = guarded([&] {
      if constexpr (std::invocable<Body&, const std::stop_token&>) {
        body(stop);
      } else {
        body();
      }
    });
    if (!done) failed(done.error());
  };
  return guarded([&]() -> Result<std::jthread> {
    try {
      return std::jthread(std::move(run));
    } catch (const std::system_error& error) {
      return failure("no_threads", "cannot start a thread: " + error.code().message());
    } catch (const std::bad_alloc&) {
      return failure("out_of_memory", "cannot start a thread: not enough memory");
    }
  });
}

}  // namespace imagemill
