#include "nodes/imaging/bytes/utf8.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>

namespace imagemill::imaging {

Utf8Character first_character(std::string_view text) {
  if (text.empty()) return {};
  const auto lead = static_cast<std::uint8_t>(text[0]);
  if (lead < 0x80) return {lead, 1};
  const auto bytes = static_cast<std::size_t>(std::countl_one(lead));
  if (bytes < 2 || bytes > 4 || bytes > text.size()) return {};
  std::uint32_t code_point = lead & (0x7Fu >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    const auto byte = static_cast<std::uint8_t>(text[i]);
    if (byte >> 6 != 2) return {};
    code_point = code_point << 6 | (byte & 0x3Fu);
  }
  constexpr std::uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code_point >= 0xD800 && code_point < 0xE000;
  if (code_point < kSmallest[bytes] || surrogate || code_point > 0x10FFFF) return {};
  return {code_point, bytes};
}

std::string to_utf8(char32_t character) {
  if (character < 0x80) return {static_cast<char>(character)};
  const int following = character < 0x800 ? 1 : character < 0x10000 ? 2 : 3;
  const unsigned lead = 0xF0u << (3 - following) & 0xFF;
  std::string text = {static_cast<char>(lead | character >> 6 * following)};
  for (int i = following; i-- > 0;) {
    text += static_cast<char>(0x80 | (character >> 6 * i & 0x3F));
  }
  return text;
}

std::string code_point_name(char32_t character) {
  std::array<char, 8> digits{};
  const auto number = static_cast<std::uint32_t>(character);
  const char* end = std::to_chars(digits.begin(), digits.end(), number, 16).ptr;
  std::string hex(digits.data(), static_cast<std::size_t>(end - digits.data()));
  std::transform(hex.begin(), hex.end(), hex.begin(),
                 [](char c) { return static_cast<char>(c >= 'a' ? c - 'a' + 'A' : c); });
  return "U+" + std::string(4 - std::min<std::size_t>(4, hex.size()), '0') + hex;
}

}  // namespace imagemill::imaging
