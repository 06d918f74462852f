#include "engine/source/output_claims.h"

#include <utility>

#include <xxhash.h>

namespace imagemill {
namespace {

constexpr unsigned kOwnerBits = 40;
constexpr std::uint64_t kOwnerMask = (std::uint64_t{1} << kOwnerBits) - 1;
constexpr std::uint64_t kTagMask = (std::uint64_t{1} << 24) - 1;
constexpr unsigned kTableShift = 64 - 8;

}  // namespace

std::string_view parent_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

std::string_view OutputClaims::key_of(std::string_view path) {
  if (!folding_.is_any()) return path;
  return folded_ = folded(path, folding_);
}

OutputClaims::Key OutputClaims::file(std::string_view path) {
  const XXH128_hash_t digest = XXH3_128bits(path.data(), path.size());
  return {digest.low64, digest.high64 & kTagMask,
          static_cast<std::size_t>(digest.high64 >> kTableShift)};
}

OutputClaims::Key OutputClaims::folder(std::string_view path) {
  slashed_.assign(path);
  slashed_ += '/';
  return file(slashed_);
}

std::optional<std::uint64_t> OutputClaims::holder(std::string_view path) {
  path = key_of(path);
  if (const auto owner = find(file(path))) return owner;
  if (const auto owner = find(folder(path))) return owner;
  for (std::string_view up = parent_of(path); !up.empty() && up != known_; up = parent_of(up)) {
    if (find(folder(up))) break;
    if (const auto owner = find(file(up))) return owner;
  }
  return {};
}

void OutputClaims::claim(std::string_view path, std::uint64_t owner) {
  path = key_of(path);
  insert(file(path), owner);
  const std::string_view in = parent_of(path);
  if (in == known_) return;
  for (std::string_view up = in; !up.empty(); up = parent_of(up)) {
    const Key key = folder(up);
    if (find(key)) break;
    insert(key, owner);
  }
  known_ = in;
}

std::optional<std::uint64_t> OutputClaims::find(const Key& key) {
  const Entry& entry = slot(tables_[key.table], key);
  if (entry.tag_and_owner == 0) return {};
  return (entry.tag_and_owner & kOwnerMask) - 1;
}

void OutputClaims::insert(const Key& key, std::uint64_t owner) {
  Table& table = tables_[key.table];
  if ((table.used + 1) * 5 > table.entries.size() * 4) {
    std::vector<Entry> old(table.entries.size() * 3 / 2);
    std::swap(old, table.entries);
    for (const Entry& entry : old) {
      if (entry.tag_and_owner == 0) continue;
      slot(table, {entry.place, entry.tag_and_owner >> kOwnerBits, key.table}) = entry;
    }
  }
  slot(table, key) = {key.place, key.tag << kOwnerBits | (owner + 1)};
  ++table.used;
}

OutputClaims::Entry& OutputClaims::slot(Table& table, const Key& key) {
  std::size_t i = key.place % table.entries.size();
  while (true) {
    Entry& entry = table.entries[i];
    const bool same = entry.place == key.place && entry.tag_and_owner >> kOwnerBits == key.tag;
    if (entry.tag_and_owner == 0 || same) return entry;
    if (++i == table.entries.size()) i = 0;
  }
}

}  // namespace imagemill
