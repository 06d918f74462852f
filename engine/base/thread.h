// Starting threads.
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

// A thread that runs `body`, which may take its stop token; or why there is none (no_threads,
// out_of_memory). What `body` throws ends it and goes to `failed(error)`, on the same thread, which
// does not throw. Both are destroyed on that thread, or here where there is none.
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
