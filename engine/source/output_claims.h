// Who writes which output path.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/files/name_folding.h"

namespace imagemill {

// The folder that a path is in; empty at the root.
std::string_view parent_of(std::string_view path);

// Remembers for each path the item that claimed it first, and that a path's folders are folders:
// "a" and "a/b" can't both be files. In 20 to 30 bytes a path or folder: 88 bits of a hash (XXH3)
// and the owner, in open-addressed tables at eight to twelve fifteenths full, 256 of them so that
// one at a time grows. Two paths with the same 88 bits would be taken for one, and the later item
// fail: among a billion paths the odds are one in a hundred million. Paths that the file system
// takes for one are one. Not thread-safe.
class PathClaims {
 public:
  explicit PathClaims(const NameFolding& folding = {}) : folding_(folding) {}

  const NameFolding& folding() const { return folding_; }
  // Who claimed the path, a file in place of one of its folders, or a file below it; nobody if it
  // is free. A path has no empty parts.
  std::optional<std::uint64_t> holder(std::string_view path);
  // Requires: nobody holds it; owner < 2⁴⁰ − 1.
  void claim(std::string_view path, std::uint64_t owner);

 private:
  struct Key {
    std::uint64_t place;  // where to look
    std::uint64_t tag;    // 24 bits
    std::size_t table;
  };
  struct Entry {
    std::uint64_t place = 0;
    std::uint64_t tag_and_owner = 0;  // tag · 2⁴⁰ + owner + 1; 0: free
  };
  struct Table {
    std::vector<Entry> entries = std::vector<Entry>(16);
    std::size_t used = 0;
  };
  // `path` as it is looked up; valid until the next call.
  std::string_view key_of(std::string_view path);
  static Key file(std::string_view path);
  Key folder(std::string_view path);
  static Entry& slot(Table& table, const Key& key);
  std::optional<std::uint64_t> find(const Key& key);
  void insert(const Key& key, std::uint64_t owner);

  NameFolding folding_;
  std::string folded_;  // what key_of() returned last, where it folds
  std::array<Table, 256> tables_;
  std::string slashed_;  // the last path that was looked for as a folder
  std::string known_;    // a folder that is one, and so are those that it is in
};

}  // namespace imagemill
