#include "engine/base/hash.h"

#include <array>
#include <charconv>
#include <new>

#include <xxhash.h>

namespace imagemill {
namespace {

constexpr std::size_t kDigits = 16;

Fingerprint from(const XXH128_hash_t& hash) { return {hash.high64, hash.low64}; }

std::string digits(std::uint64_t number) {
  std::string text(kDigits, '0');
  std::array<char, kDigits> raw{};
  const auto end = std::to_chars(raw.data(), raw.data() + raw.size(), number, 16).ptr;
  const auto count = static_cast<std::size_t>(end - raw.data());
  text.replace(kDigits - count, count, raw.data(), count);
  return text;
}

std::optional<std::uint64_t> number(std::string_view hex) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), value, 16);
  if (error != std::errc() || end != hex.data() + hex.size()) return {};
  return value;
}

}  // namespace

Fingerprint fingerprint(std::span<const std::uint8_t> bytes) {
  return from(XXH3_128bits(bytes.data(), bytes.size()));
}

std::string to_hex(const Fingerprint& print) { return digits(print.high) + digits(print.low); }

std::optional<Fingerprint> parse_fingerprint(std::string_view hex) {
  if (hex.size() != 2 * kDigits) return {};
  const auto high = number(hex.substr(0, kDigits));
  const auto low = number(hex.substr(kDigits));
  if (!high || !low) return {};
  return Fingerprint{*high, *low};
}

Fingerprinter::Fingerprinter() : state_(XXH3_createState()) {
  if (!state_) throw std::bad_alloc();
  XXH3_128bits_reset(state_.get());
}

void Fingerprinter::Free::operator()(XXH3_state_s* state) const { XXH3_freeState(state); }

void Fingerprinter::add_bytes(std::span<const std::uint8_t> bytes) {
  XXH3_128bits_update(state_.get(), bytes.data(), bytes.size());
}

void Fingerprinter::add(std::string_view text) {
  add(text.size());
  XXH3_128bits_update(state_.get(), text.data(), text.size());
}

void Fingerprinter::add(std::uint64_t number) {
  XXH3_128bits_update(state_.get(), &number, sizeof number);
}

Fingerprint Fingerprinter::finish() const { return from(XXH3_128bits_digest(state_.get())); }

}  // namespace imagemill
