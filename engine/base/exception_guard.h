// Turns exceptions into errors; no other code does.
#pragma once

#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>

#include "engine/base/result.h"

namespace imagemill {

// The exception in flight as an error; its text follows `cause`. Without memory for the text, the
// error says "no memory". Requires: called within a catch block.
inline Error error_in_flight(std::string_view cause) noexcept {
  const auto told = [&]() -> Error {
    try {
      throw;
    } catch (const std::bad_alloc&) {
      return {"out_of_memory", "not enough memory"};
    } catch (const std::exception& e) {
      return {"internal", std::string(cause) + ": " + e.what()};
    } catch (...) {
      return {"internal", std::string(cause)};
    }
  };
  try {
    return told();
  } catch (...) {
    // A text this short needs no allocation: std::string stores it inline.
    return {"out_of_memory", "no memory"};
  }
}

// Runs `body` and returns its Result, or an error for what it throws. A void `body` gives a
// Result<void>.
template <class Body>
auto guarded(const Body& body, std::string_view cause = "unexpected exception") {
  using Out = decltype(body());
  if constexpr (std::is_void_v<Out>) {
    try {
      body();
      return Result<void>();
    } catch (...) {
      return Result<void>(tl::make_unexpected(error_in_flight(cause)));
    }
  } else {
    try {
      return Out(body());
    } catch (...) {
      return Out(tl::make_unexpected(error_in_flight(cause)));
    }
  }
}

}  // namespace imagemill
