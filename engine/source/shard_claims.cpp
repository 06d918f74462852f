#include "engine/source/shard_claims.h"

#include <algorithm>
#include <set>
#include <utility>

#include <xxhash.h>

#include "engine/base/exception_guard.h"
#include "engine/graph/graph_rules.h"
#include "engine/source/listing.h"

namespace imagemill {
namespace {

std::uint64_t hash_of(std::string_view path) { return XXH3_64bits(path.data(), path.size()); }

bool is_below(std::string_view path, std::string_view folder) {
  return path.size() > folder.size() && path[folder.size()] == '/' && path.starts_with(folder);
}

bool clash(std::string_view a, std::string_view b) {
  return a == b || is_below(a, b) || is_below(b, a);
}

bool is_said_by_key(const std::string& field) {
  static const std::set<std::string> fields = {"dir", "name", "stem", "index", "ext"};
  return fields.contains(field);
}

// Whether an item's claims are unknown after this error. After any other error, an item has none.
bool leaves_open(const Error& error) {
  return error.scope == Scope::run || error.code == "out_of_memory";
}

tl::unexpected<Error> unknown(Error error) {
  error.scope = Scope::run;
  return tl::make_unexpected(std::move(error));
}

}  // namespace

bool ShardClaims::PathSet::add(std::string_view path) {
  const bool is_new = files_.insert(hash_of(path)).second;
  for (auto up = parent_of(path); !up.empty(); up = parent_of(up)) {
    if (!folders_.insert(hash_of(up)).second) break;
  }
  return is_new;
}

bool ShardClaims::PathSet::meets(std::string_view path) const {
  if (files_.contains(hash_of(path)) || folders_.contains(hash_of(path))) return true;
  for (auto up = parent_of(path); !up.empty(); up = parent_of(up)) {
    if (files_.contains(hash_of(up))) return true;
  }
  return false;
}

bool ShardClaims::PathSet::has_below(std::string_view path) const {
  return folders_.contains(hash_of(path));
}

ShardClaims::ShardClaims(const Graph& graph, const ShardOfListing& part, const NameFolding& folding)
    : graph_(graph), part_(part), folding_(folding) {
  for (std::size_t i = 0; i < graph.nodes().size(); ++i) {
    const GraphNode& node = graph.nodes()[i];
    if (node.type->role != Role::sink) continue;
    const std::vector<std::string> fields = node.node->fields();
    by_key_ = by_key_ && node.parts_of == NodePlan::kNoParts &&
              std::all_of(fields.begin(), fields.end(), is_said_by_key);
    std::vector<std::string> extensions = {""};
    if (std::find(fields.begin(), fields.end(), "ext") != fields.end()) {
      extensions = extensions_behind(graph.nodes(), i);
      by_key_ = by_key_ && !extensions.empty();
    }
    makers_.push_back({i, std::move(extensions)});
  }
}

Result<std::vector<std::string>> ShardClaims::possible_claims(const std::string& key,
                                                              std::uint64_t index) const {
  if (!by_key_) return real_claims(key, index);
  std::vector<std::string> claims;
  const ItemInfo info{.index = index, .key = key, .facts = {}};
  for (const Maker& maker : makers_) {
    for (const std::string& extension : maker.extensions) {
      const Facts facts{.extension = extension};
      auto claim = guarded([&] {
        return Result<std::string>(graph_.nodes()[maker.node].node->claim(info, facts, nullptr));
      });
      if (!claim && leaves_open(claim.error())) return unknown(std::move(claim.error()));
      if (claim && !claim->empty()) claims.push_back(folded(*claim, folding_));
    }
  }
  return claims;
}

// The paths that an entry's item claims; empty if the entry is no item or fails before admission.
// An error if the paths cannot be determined.
Result<std::vector<std::string>> ShardClaims::real_claims(const std::string& key,
                                                          std::uint64_t index) const {
  std::vector<std::string> claims;
  auto found = guarded([&] { return graph_.source().probe(key); });
  if (!found && leaves_open(found.error())) return unknown(std::move(found.error()));
  if (!found || !*found) return claims;
  const ItemInfo info{.index = index,
                      .key = key,
                      .facts = (*found)->facts,
                      .stamp = (*found)->stamp,
                      .texts = std::move((*found)->texts)};
  auto plans = guarded([&] { return graph_.plan(info); });
  if (!plans && leaves_open(plans.error())) return unknown(std::move(plans.error()));
  if (!plans) return claims;
  for (const NodePlan& plan : *plans) {
    for (const std::string& claim : plan.claims) {
      if (!claim.empty()) claims.push_back(folded(claim, folding_));
    }
  }
  return claims;
}

Result<void> ShardClaims::find(const std::stop_token& stop) {
  enum class Pass { own, others };
  const auto go_through = [&](Pass pass, const auto& visit) -> Result<void> {
    auto entries = part_.whole->entries();
    if (!entries) return tl::make_unexpected(std::move(entries.error()));
    for (std::uint64_t index = 0;; ++index) {
      const auto entry = (*entries)->next();
      if (!entry || stop.stop_requested()) return {};
      if (entry->error && entry->error->scope == Scope::run) {
        return tl::make_unexpected(*entry->error);
      }
      if (entry->error || part_.shard.holds(entry->key) != (pass == Pass::own)) continue;
      const auto claims = possible_claims(entry->key, index);
      if (!claims) return tl::make_unexpected(claims.error());
      visit(entry->key, index, *claims);
    }
  };
  using Claims = std::vector<std::string>;
  auto gone = go_through(Pass::own, [&](const auto&, auto, const Claims& claims) {
    for (const std::string& claim : claims) wanted_.add(claim);
  });
  // A rival whose paths clash with an earlier item's holds none. So the rivals' own rivals matter
  // too.
  bool more = true;
  while (gone && more) {
    more = false;
    gone = go_through(Pass::others,
                      [&](const std::string& key, std::uint64_t index, const Claims& claims) {
                        more = note(key, index, claims) || more;
                      });
  }
  return gone;
}

// Notes the item if it is a rival. Returns true if it brings paths that no other rival had.
bool ShardClaims::note(const std::string& key, std::uint64_t index,
                       const std::vector<std::string>& claims) {
  const auto meets = [&](const std::string& claim) { return wanted_.meets(claim); };
  if (std::none_of(claims.begin(), claims.end(), meets)) return false;
  if (!noted_.insert(index).second) return false;
  bool more = false;
  for (const std::string& claim : claims) {
    more = wanted_.add(claim) || more;
    found_.add(claim);
    by_path_.emplace(hash_of(claim), rivals_.size());
  }
  rivals_.push_back({.index = index, .key = key});
  return more;
}

Result<std::optional<std::string>> ShardClaims::holder(const std::string& claim,
                                                       std::uint64_t index, OutputClaims& own) {
  const std::string path = folded(claim, folding_);
  if (!found_.meets(path)) return std::nullopt;
  std::set<std::size_t> candidates;
  const auto add = [&](std::string_view of) {
    const auto [first, last] = by_path_.equal_range(hash_of(of));
    for (auto it = first; it != last; ++it) candidates.insert(it->second);
  };
  for (std::string_view up = path; !up.empty(); up = parent_of(up)) add(up);
  if (found_.has_below(path)) {
    for (std::size_t i = 0; i < rivals_.size(); ++i) candidates.insert(i);
  }
  for (const std::size_t i : candidates) {
    if (rivals_[i].index >= index) continue;
    if (auto looked = look_at(rivals_[i], own); !looked) {
      return tl::make_unexpected(std::move(looked.error()));
    }
    for (const std::string& theirs : *rivals_[i].claims) {
      if (clash(theirs, path)) return rivals_[i].key;
    }
  }
  return std::nullopt;
}

Result<void> ShardClaims::look_at(Rival& rival, OutputClaims& own) {
  if (rival.claims) return {};
  auto claims = real_claims(rival.key, rival.index);
  if (!claims) return tl::make_unexpected(std::move(claims.error()));
  // An item holds all of its paths or none.
  for (const std::string& claim : *claims) {
    if (!own.holder(claim)) {
      const auto other = holder(claim, rival.index, own);
      if (!other) return tl::make_unexpected(other.error());
      if (!*other) continue;
    }
    claims->clear();
    break;
  }
  rival.claims = std::move(*claims);
  return {};
}

}  // namespace imagemill
