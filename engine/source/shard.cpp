#include "engine/source/shard.h"

#include <xxhash.h>

namespace imagemill {

bool Shard::holds(std::string_view key) const {
  return XXH3_64bits(key.data(), key.size()) % count == index;
}

std::optional<Shard> TextValue<Shard>::parse(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return {};
  const auto index = TextValue<std::uint64_t>::parse(text.substr(0, slash));
  const auto count = TextValue<std::uint64_t>::parse(text.substr(slash + 1));
  if (!index || !count || *index >= *count || *count > Shard::kMost) return {};
  return Shard{*index, *count};
}

}  // namespace imagemill
