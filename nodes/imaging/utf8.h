// UTF-8, character by character.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace imagemill::imaging {

struct Utf8Character {
  std::uint32_t code_point = 0;
  std::size_t bytes = 0;
};

// What `text` begins with. 0 bytes where that is no well-formed character (RFC 3629), or `text` is
// empty.
Utf8Character first_character(std::string_view text);

}  // namespace imagemill::imaging
