// Parts of a source's entries, one for each of as many processes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/value.h"

namespace imagemill {

class Listing;

// Which of the parts: 0 ≤ index < count; by default the whole. Together they are the whole, and no
// two have an entry in common, whatever the order in which it is listed.
struct Shard {
  static constexpr std::uint64_t kMost = 1'000'000;  // of `count`
  std::uint64_t index = 0;
  std::uint64_t count = 1;

  // Whether it has the entry with this key: XXH3-64 of the key's bytes, modulo `count`, is `index`.
  bool holds(std::string_view key) const;
  friend bool operator==(const Shard&, const Shard&) = default;
};

// What a run of a shard needs to know: output paths are claimed as if all of the source were run.
struct ShardOfListing {
  Shard shard;
  const Listing* whole = nullptr;  // outlives the run
};

template <>
struct TextValue<Shard> {
  static constexpr std::string_view type =
      "a part I/N, where I is from 0 to N - 1 and N a million at most, as in 0/8 to 7/8";
  static std::optional<Shard> parse(std::string_view text);
  static std::string format(const Shard& shard) {
    return std::to_string(shard.index) + "/" + std::to_string(shard.count);
  }
};

}  // namespace imagemill
