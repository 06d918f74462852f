// Starting threads.
#pragma once

#include <system_error>
#include <thread>
#include <utility>

#include "engine/result.h"

namespace imagemill {

// One that runs `body`, which may take its stop token; or why there is none (no_threads).
template <class Body>
Result<std::jthread> start_thread(Body body) {
  try {
    return std::jthread(std::move(body));
  } catch (const std::system_error& error) {
    return failure("no_threads", "cannot start a thread: " + error.code().message());
  }
}

}  // namespace imagemill
