// Keys of items, on disk: what grows with the number of items is not held in memory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/anonymous_file.h"

namespace imagemill {

// A temporary file without a name, gone with this object or the process. Not thread-safe.
class KeyLog {
 public:
  KeyLog();

  // Where the key can be read again; 0 where nothing can be written.
  std::uint64_t add(std::string_view key);
  // Nothing where it could not be written.
  std::optional<std::string> read(std::uint64_t place);

 private:
  TemporaryFile file_;
  std::uint64_t end_ = 0;
};

}  // namespace imagemill
