// Results of pixel functions: a value or a fault.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace imagemill::imaging {

// A fault of the input, never of the caller. `code` is a short, stable, snake_case identifier with
// static storage ("truncated", "too_many_pixels"). `message` is one sentence for a person, without
// the file's name, which the caller knows.
struct Fault {
  std::string_view code;
  std::string message;
};

// Cancellation check, called every few rows of a picture. True ends the work with the fault
// "interrupted". Must not throw.
using GiveUp = std::function<bool()>;

template <class T>
using Result = tl::expected<T, Fault>;

inline tl::unexpected<Fault> fault(std::string_view code, std::string message) {
  return tl::make_unexpected(Fault{code, std::move(message)});
}

}  // namespace imagemill::imaging
