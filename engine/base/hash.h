// Short stands-in for long contents.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

struct XXH3_state_s;

namespace imagemill {

// 128 bits of a hash (XXH3, https://xxhash.com): tells whether something has changed, but not to
// somebody who wants it not to be noticed.
struct Fingerprint {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};

// Some 0.05 ms a megabyte.
Fingerprint fingerprint(std::span<const std::uint8_t> bytes);

std::string to_hex(const Fingerprint& print);  // 32 lower-case digits
std::optional<Fingerprint> parse_fingerprint(std::string_view hex);

// Of what comes piece by piece. Not thread-safe.
class Fingerprinter {
 public:
  Fingerprinter();
  // As it is: pieces of a file give the fingerprint of the file.
  void add_bytes(std::span<const std::uint8_t> bytes);
  // Values, of which neither borrows from the next.
  void add(std::string_view text);
  void add(std::uint64_t number);
  Fingerprint finish() const;

 private:
  struct Free {
    void operator()(XXH3_state_s* state) const;
  };
  std::unique_ptr<XXH3_state_s, Free> state_;
};

}  // namespace imagemill
