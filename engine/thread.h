// Starting threads.
#pragma once

#include <new>
#include <system_error>
#include <thread>
#include <utility>

#include "engine/result.h"

namespace imagemill {

// One that runs `body`, which may take its stop token; or why there is none (no_threads,
// out_of_memory).
template <class Body>
Result<std::jthread> start_thread(Body body) {
  try {
    return std::jthread(std::move(body));
  } catch (const std::system_error& error) {
    return failure("no_threads", "cannot start a thread: " + error.code().message());
  } catch (const std::bad_alloc&) {
    return failure("out_of_memory", "cannot start a thread: not enough memory");
  }
}

}  // namespace imagemill
