// Claims: which item writes which output path.
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

// Remembers the item that claimed each path first. It also remembers the folders above each path,
// since "a" and "a/b" can't both be files. Paths that the output's file system takes for one are
// one path.
//
// Memory: 20 to 30 bytes a path or folder, for 88 bits of a hash (XXH3) and the owner. There are
// 256 open-addressed tables, so that one at a time grows; each is eight to twelve fifteenths full.
// Two paths with the same 88 bits would be taken for one, and the later item would fail. Among a
// billion paths, the odds of that are one in a hundred million. Not thread-safe.
class OutputClaims {
 public:
  explicit OutputClaims(const NameFolding& folding = {}) : folding_(folding) {}

  const NameFolding& folding() const { return folding_; }
  // The owner of the path, of a file in place of one of its folders, or of a file below it; nullopt
  // if the path is free. Requires: the path has no empty parts.
  std::optional<std::uint64_t> holder(std::string_view path);
  // Claims a path. Requires: holder(path) is nullopt; owner < 2⁴⁰ − 1.
  void claim(std::string_view path, std::uint64_t owner);

 private:
  struct Key {
    std::uint64_t place;  // slot at which the search begins
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
  // `path`, folded if the file system folds names; valid until the next call.
  std::string_view key_of(std::string_view path);
  static Key file(std::string_view path);
  Key folder(std::string_view path);
  static Entry& slot(Table& table, const Key& key);
  std::optional<std::uint64_t> find(const Key& key);
  void insert(const Key& key, std::uint64_t owner);

  NameFolding folding_;
  std::string folded_;  // last result of key_of(), if that folds
  std::array<Table, 256> tables_;
  std::string slashed_;  // the last path that was looked for as a folder
  std::string known_;    // a path already claimed as a folder, with all folders above it
};

}  // namespace imagemill
