// Types that the file system interface uses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "engine/base/result.h"

namespace imagemill {

// How much of the output survives a power cut.
enum class Durability {
  none,   // only what the kernel has written back so far
  batch,  // all that the journal calls done: one sync for many files, before the journal says so
  file,   // every file, once it has its name: the file and its folder are synced
};

// Size and modification time of a file. If either differs, the content counts as changed.
struct FileStamp {
  std::uint64_t bytes = 0;
  std::int64_t modified_ns = 0;  // since 1970
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

// Fills a part of `to` and returns its size in bytes. Waits for at least one byte; 0 at the end.
using ReadSome = std::function<Result<std::size_t>(std::span<std::uint8_t> to)>;

}  // namespace imagemill
