// Shards: disjoint parts of a source's entries, one for each process.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/value.h"

namespace imagemill {

class Listing;

// Shard `index` of `count`, 0 ≤ index < count; by default the whole source. Every entry is in
// exactly one of the `count` shards, whatever the order of the listing.
struct Shard {
  static constexpr std::uint64_t kMost = 1'000'000;  // upper bound of `count`
  std::uint64_t index = 0;
  std::uint64_t count = 1;

  // Whether the shard has the entry with this key: XXH3-64 of the key's bytes, modulo `count`, is
  // `index`.
  bool holds(std::string_view key) const;
  friend bool operator==(const Shard&, const Shard&) = default;
};

// A shard and the whole listing, since output paths are claimed as if the whole source were run.
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
