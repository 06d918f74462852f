// Claims of items in other shards on the paths that a shard's items write. Internal to the engine.
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

// Finds items of other shards (rivals) that claim a path of this shard's items.
//
// If the key alone determines which paths an item may claim ({dir} {name} {stem} {index} {ext}),
// only rivals whose paths meet this shard's are probed. Otherwise all items of other shards are
// probed.
//
// Cost: 0.2 µs an entry and a pass, and some 100 bytes an item of this shard. There are two passes,
// and one more as long as the last pass found new paths of rivals. Not thread-safe.
class ShardClaims {
 public:
  // Requires: the graph's nodes are open. `graph` and `part` outlive this object.
  ShardClaims(const Graph& graph, const ShardOfListing& part, const NameFolding& folding);

  // Finds the rivals: goes through the whole listing. Call once, before holder().
  Result<void> find(const std::stop_token& stop);

  // The key of the rival before place `index` in the source's order that holds `claim`; nullopt if
  // there is none. A rival also counts if it holds a file below `claim`, or in place of a folder
  // above it. `own`: the claims of this shard's items before that place. An error (Scope::run) if
  // the holder cannot be determined.
  Result<std::optional<std::string>> holder(const std::string& claim, std::uint64_t index,
                                            OutputClaims& own);

 private:
  // An item of another shard whose paths may meet this shard's. All paths from here on are folded.
  struct Rival {
    std::uint64_t index;
    std::string key;
    std::optional<std::vector<std::string>> claims = {};  // paths it holds; nullopt until look_at()
  };
  // A set of paths and the folders above them, as 64 bits of a hash each. A negative answer is
  // certain; a positive one may be a collision.
  class PathSet {
   public:
    bool add(std::string_view path);  // false if the set had the path
    bool meets(std::string_view path) const;
    bool has_below(std::string_view path) const;

   private:
    std::unordered_set<std::uint64_t> files_;
    std::unordered_set<std::uint64_t> folders_;
  };

  Result<std::vector<std::string>> possible_claims(const std::string& key,
                                                   std::uint64_t index) const;
  Result<std::vector<std::string>> real_claims(const std::string& key, std::uint64_t index) const;
  Result<void> look_at(Rival& rival, OutputClaims& own);
  bool note(const std::string& key, std::uint64_t index, const std::vector<std::string>& claims);

  // A sink, and the extensions that its files can have.
  struct Maker {
    std::size_t node;
    std::vector<std::string> extensions;
  };

  const Graph& graph_;
  const ShardOfListing& part_;
  const NameFolding folding_;
  bool by_key_ = true;  // whether keys determine the paths
  std::vector<Maker> makers_;
  PathSet wanted_;
  PathSet found_;  // paths that rivals may claim
  std::vector<Rival> rivals_;
  std::unordered_set<std::uint64_t> noted_;  // indices of rivals
  std::unordered_multimap<std::uint64_t, std::size_t> by_path_;
};

}  // namespace imagemill
