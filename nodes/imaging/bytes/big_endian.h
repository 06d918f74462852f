// Numbers and names in the bytes of a file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace imagemill::imaging {

// Reads a 16-bit big-endian number at `at`. Requires: both bytes are there.
constexpr std::uint32_t u16_at(std::span<const std::uint8_t> bytes, std::size_t at) {
  return std::uint32_t{bytes[at]} << 8 | bytes[at + 1];
}
// Reads a 32-bit big-endian number at `at`. Requires: all four bytes are there.
constexpr std::uint32_t u32_at(std::span<const std::uint8_t> bytes, std::size_t at) {
  return u16_at(bytes, at) << 16 | u16_at(bytes, at + 2);
}

// Four letters as u32_at reads them: the type of a chunk, the signature of a tag.
constexpr std::uint32_t four_letters(const char (&name)[5]) {
  return static_cast<std::uint32_t>(name[0]) << 24 | static_cast<std::uint32_t>(name[1]) << 16 |
         static_cast<std::uint32_t>(name[2]) << 8 | static_cast<std::uint32_t>(name[3]);
}

}  // namespace imagemill::imaging
