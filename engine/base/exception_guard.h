// The one place where exceptions become errors.
#pragma once

#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>

#include "engine/base/result.h"

namespace imagemill {

// The exception that is being handled, as an error; `cause` comes before what it says. Where there
// is no memory for that, "no memory". Requires: within a catch block.
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
    // So short a text lies in the string itself.
    return {"out_of_memory", "no memory"};
  }
}

// What `body` returns, a Result (or nothing: a Result<void>), or an error for what it throws.
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
