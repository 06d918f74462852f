#include "nodes/imaging/exif.h"

#include <iterator>

namespace imagemill::imaging {

Bytes with_exif_orientation(const Bytes& jpeg, int orientation) {
  // clang-format off
  const std::uint8_t block[] = {
      0xFF, 0xE1, 0, 34,               // APP1, its length
      'E', 'x', 'i', 'f', 0, 0,
      'M', 'M', 0, 42, 0, 0, 0, 8,     // TIFF, big-endian; the first directory follows
      0, 1,                            // with one entry:
      0x01, 0x12, 0, 3, 0, 0, 0, 1,    // Orientation, of type SHORT, one value
      0, static_cast<std::uint8_t>(orientation), 0, 0,
      0, 0, 0, 0};                     // no second directory
  // clang-format on
  constexpr std::ptrdiff_t kSoi = 2;
  Bytes result = jpeg;
  result.insert(result.begin() + kSoi, std::begin(block), std::end(block));
  return result;
}

}  // namespace imagemill::imaging
