// All entries of a source, to be gone through more than once.
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

// Not thread-safe.
class Listing {
 public:
  // How they are gone through again: as the source lists them again, which a list in a file can; or
  // from a temporary file, as a folder and standard input have to. Neither is held in memory.
  enum class Again { listed, kept };

  // Requires: the source is open, and outlives it.
  Listing(const Node& source, Again again) : source_(source), again_(again) {}

  // Goes through all of them once. Fails where they cannot be kept (io_error), or a stop is
  // requested (interrupted).
  Result<void> read(const std::stop_token& stop);
  // Requires: read(), of what is kept. One at a time.
  Result<std::unique_ptr<Cursor>> entries() const;

  // Of the keys; their order counts where the source has one. Requires: read().
  Fingerprint digest() const { return digest_; }
  std::uint64_t count() const { return count_; }

 private:
  class Kept;
  using Unreadable = std::vector<std::pair<std::uint64_t, Error>>;  // by place

  bool keep(const Entry& entry);

  const Node& source_;
  const Again again_;
  TemporaryFile file_;  // keys between NULs
  Unreadable unreadable_;
  std::uint64_t count_ = 0;
  Fingerprint digest_;
};

// The digest of what comes key by key.
class KeyDigest {
 public:
  enum class Order { counts, ignored };
  explicit KeyDigest(Order order) : order_(order) {}

  void add(std::string_view key);
  Fingerprint finish() const;

 private:
  const Order order_;
  Fingerprinter keys_;
  Fingerprint sum_;  // of the keys' fingerprints, half by half
  std::uint64_t count_ = 0;
};

}  // namespace imagemill
