// What the file system seam speaks of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "engine/base/result.h"

namespace imagemill {

// What of an output survives a power cut.
enum class Durability {
  none,   // what the kernel has written back by then
  batch,  // all that the journal calls done: one sync for many files, before it says so
  file,   // every file, from when it has its name: each is synced, and its folder
};

// What a file looks like from outside. Another size, or another time of its last change: another
// content.
struct FileStamp {
  std::uint64_t bytes = 0;
  std::int64_t modified_ns = 0;  // since 1970
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

// Fills some of `to`, waiting for at least a byte; 0 at the end.
using ReadSome = std::function<Result<std::size_t>(std::span<std::uint8_t> to)>;

}  // namespace imagemill
