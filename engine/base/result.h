// Errors as values. Expected failures travel as Result<T>; exceptions never cross a node's border.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace imagemill {

// How far a failure reaches.
enum class Scope {
  item,  // this item fails; the others continue
  run,   // the cause is outside the items (disk full, output device failing): the run stops,
         // resumable
};

// A failure and its place. `code` is a short, stable, snake_case identifier with static storage
// ("not_an_image", "truncated", "disk_full"). `message` is one sentence for a person and repeats
// neither node nor item. The executor fills in `node` and `item`.
struct Error {
  Error(std::string_view error_code, std::string text, Scope reach = Scope::item)
      : code(error_code), message(std::move(text)), scope(reach) {}
  // Converts a library's own error type, so that a node can return a library's result unchanged.
  template <class Fault>
  requires requires(Fault f) {
    std::string_view(f.code);
    std::string(f.message);
  } &&(!std::same_as<Fault, Error>)Error(Fault fault)
      : code(fault.code), message(std::move(fault.message)) {
  }

  std::string_view code;
  std::string message;
  std::string node;
  std::string item;
  Scope scope = Scope::item;
  std::string_view param = {};  // the node's parameter at fault; static storage
};

// A T, or the Error in its place.
template <class T>
using Result = tl::expected<T, Error>;

// An Error, ready to return from a function with a Result.
inline tl::unexpected<Error> failure(std::string_view code, std::string message,
                                     Scope scope = Scope::item) {
  return tl::make_unexpected(Error(code, std::move(message), scope));
}

// The error as one line: "decode: cats/1.jpg: truncated: the file ends before the picture does"
std::string to_string(const Error& error);

}  // namespace imagemill
