// Who else may write what a shard's items write. Internal to the engine.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "engine/graph/graph.h"
#include "engine/source/output_claims.h"
#include "engine/source/shard.h"

namespace imagemill {

// Where a key alone says which paths its item may claim ({dir} {name} {stem} {index} {ext}), items
// of other shards are looked at only where their paths meet those of this shard's; else, all of
// them. 0.2 µs an entry and a pass, of which there are two, and one more as long as that brings
// others' paths that nobody had; some 100 bytes an item of this shard. Not thread-safe.
class Rivals {
 public:
  // Requires: the graph's nodes are open. `graph` and `part` outlive it.
  Rivals(const Graph& graph, const ShardOfListing& part, const NameFolding& folding);

  // Goes through the listing.
  Result<void> find(const std::stop_token& stop);

  // The key of an item of another shard, before the place `index` in the source's order, that
  // claims this path, a file in place of one of its folders, or a file below it. `own`: what items
  // of this shard before that place have claimed. An error (Scope::run) where it cannot be told.
  Result<std::optional<std::string>> holder(const std::string& claim, std::uint64_t index,
                                            PathClaims& own);

 private:
  // Paths are folded in all that follows.
  struct Rival {
    std::uint64_t index;
    std::string key;
    std::optional<std::vector<std::string>> claims = {};  // that it has, once it was looked at
  };
  // Of paths and the folders that they are in, by 64 bits of a hash: what meets none of them does
  // so for certain.
  class PathSet {
   public:
    bool add(std::string_view path);  // false where it was there
    bool meets(std::string_view path) const;
    bool has_below(std::string_view path) const;

   private:
    std::unordered_set<std::uint64_t> files_;
    std::unordered_set<std::uint64_t> folders_;
  };

  Result<std::vector<std::string>> possible_claims(const std::string& key,
                                                   std::uint64_t index) const;
  Result<std::vector<std::string>> real_claims(const std::string& key, std::uint64_t index) const;
  Result<void> look_at(Rival& rival, PathClaims& own);
  bool note(const std::string& key, std::uint64_t index, const std::vector<std::string>& claims);

  // Of a sink.
  struct Maker {
    std::size_t node;
    std::vector<std::string> extensions;
  };

  const Graph& graph_;
  const ShardOfListing& part_;
  const NameFolding folding_;
  bool by_key_ = true;  // whether keys say enough
  std::vector<Maker> makers_;
  PathSet wanted_;
  PathSet found_;  // what rivals may claim
  std::vector<Rival> rivals_;
  std::unordered_set<std::uint64_t> noted_;  // indices of rivals
  std::unordered_multimap<std::uint64_t, std::size_t> by_path_;
};

}  // namespace imagemill
