// The one place where exceptions become errors.
#pragma once

#include <exception>
#include <new>
#include <string>

#include "engine/result.h"

namespace imagemill {

// What `body` returns, a Result, or an error for what it throws.
template <class Body>
auto guarded(const Body& body) -> decltype(body()) {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return failure("out_of_memory", "not enough memory");
  } catch (const std::exception& e) {
    return failure("internal", std::string("unexpected exception: ") + e.what());
  } catch (...) {
    return failure("internal", "unexpected exception");
  }
}

}  // namespace imagemill
