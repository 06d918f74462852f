// A list of paths of any bytes, in any pieces: it ends, with no more paths than it has bytes.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>

#include "engine/files/path_list.h"

using namespace imagemill;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = data[0] + std::size_t{1};
  std::span<const std::uint8_t> left(data + 1, size - 1);
  const auto cursor = list_of_paths(
      [&](std::span<std::uint8_t> to) -> Result<std::size_t> {
        const std::size_t count = std::min({piece, left.size(), to.size()});
        std::memcpy(to.data(), left.data(), count);
        left = left.subspan(count);
        return count;
      },
      "list");
  std::size_t entries = 0;
  while (const auto entry = cursor->next()) {
    if (entry->key.empty() || ++entries > size) std::abort();
  }
  return 0;
}
