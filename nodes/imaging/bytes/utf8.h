// UTF-8, character by character, and the names of characters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace imagemill::imaging {

struct Utf8Character {
  std::uint32_t code_point = 0;
  std::size_t bytes = 0;
};

// The character that `text` begins with. 0 bytes if that is no well-formed character (RFC 3629) or
// `text` is empty.
Utf8Character first_character(std::string_view text);

// Encodes `character` in UTF-8. Requires: a code point that is no surrogate.
std::string to_utf8(char32_t character);

// Name of a code point: "U+5199".
std::string code_point_name(char32_t character);

}  // namespace imagemill::imaging
