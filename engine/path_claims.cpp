#include "engine/path_claims.h"

#include <utility>

#include <xxhash.h>

namespace imagemill {

std::optional<std::uint64_t> PathClaims::claim(std::string_view path, std::uint64_t index) {
  if ((used_ + 1) * 3 > entries_.size() * 2) grow();
  const XXH128_hash_t digest = XXH3_128bits(path.data(), path.size());
  const std::uint64_t hash[2] = {digest.low64, digest.high64};
  Entry& entry = slot(hash);
  if (entry.owner != 0) return entry.owner - 1;
  entry = {{hash[0], hash[1]}, index + 1};
  ++used_;
  return {};
}

PathClaims::Entry& PathClaims::slot(const std::uint64_t (&hash)[2]) {
  std::size_t i = hash[0] & (entries_.size() - 1);
  while (entries_[i].owner != 0 &&
         (entries_[i].hash[0] != hash[0] || entries_[i].hash[1] != hash[1])) {
    i = (i + 1) & (entries_.size() - 1);
  }
  return entries_[i];
}

void PathClaims::grow() {
  std::vector<Entry> old(entries_.size() * 2);
  std::swap(old, entries_);
  for (const Entry& entry : old) {
    if (entry.owner != 0) slot(entry.hash) = entry;
  }
}

}  // namespace imagemill
