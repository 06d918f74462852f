// The listing of a source, which can be gone through more than once.
#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/anonymous_file.h"
#include "engine/base/hash.h"
#include "engine/files/entry_cursor.h"
#include "engine/node/node.h"

namespace imagemill {

// All entries of a source. Not thread-safe.
class Listing {
 public:
  // How entries are gone through again. `listed`: the source lists them again, which works for a
  // list in a file. `kept`: from a temporary file, needed for a folder and for standard input.
  // Neither holds the entries in memory.
  enum class Again { listed, kept };

  // Requires: the source is open, and outlives the listing.
  Listing(const Node& source, Again again) : source_(source), again_(again) {}

  // Goes through all entries once. Error io_error if the entries cannot be kept, interrupted if a
  // stop is requested.
  Result<void> read(const std::stop_token& stop);
  // A cursor over all entries, one cursor at a time. Requires: read() has succeeded.
  Result<std::unique_ptr<Cursor>> entries() const;

  // Digest of the keys; their order counts if the source has one. Requires: read().
  Fingerprint digest() const { return digest_; }
  std::uint64_t count() const { return count_; }

 private:
  class Kept;
  using Unreadable = std::vector<std::pair<std::uint64_t, Error>>;  // errors, by place

  bool keep(const Entry& entry);

  const Node& source_;
  const Again again_;
  AnonymousFile file_;  // keys, separated by NULs
  Unreadable unreadable_;
  std::uint64_t count_ = 0;
  Fingerprint digest_;
};

// Computes the digest of keys that are added one by one.
class KeyDigest {
 public:
  enum class Order { counts, ignored };
  explicit KeyDigest(Order order) : order_(order) {}

  void add(std::string_view key);
  Fingerprint finish() const;

 private:
  const Order order_;
  Fingerprinter keys_;
  Fingerprint sum_;  // sum of the keys' fingerprints, half by half
  std::uint64_t count_ = 0;
};

}  // namespace imagemill
