// Keeps keys of items on disk, so that memory does not grow with the number of items.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/anonymous_file.h"

namespace imagemill {

// Keys in an anonymous file, which is gone with this object or the process. Not thread-safe.
class StringSpool {
 public:
  StringSpool();

  // Appends a key. Returns its place for read(); 0 if the key cannot be written.
  std::uint64_t add(std::string_view key);
  // The key at `place`; nullopt if it could not be written.
  std::optional<std::string> read(std::uint64_t place);

 private:
  AnonymousFile file_;
  std::uint64_t end_ = 0;
};

}  // namespace imagemill
