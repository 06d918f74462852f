// What the header readers of all formats share.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "nodes/imaging/codec/encoded.h"

namespace imagemill::imaging {

// Prefixes of the metadata segments of a JPEG.
inline constexpr std::string_view kExifPrefix("Exif\0\0", 6);
inline constexpr std::string_view kIccPrefix("ICC_PROFILE\0", 12);

inline bool starts_with(std::span<const std::uint8_t> bytes, std::string_view prefix) {
  return bytes.size() >= prefix.size() &&
         std::equal(prefix.begin(), prefix.end(), bytes.begin(),
                    [](char c, std::uint8_t byte) { return static_cast<std::uint8_t>(c) == byte; });
}

// The fault too_many_pixels, or nullopt within the limit. Requires: both sides below 2^31.
inline std::optional<Fault> check_pixels(std::int64_t width, std::int64_t height,
                                         const DecodeLimits& limits) {
  if (width * height <= limits.max_pixels) return std::nullopt;
  return Fault{"too_many_pixels", "the picture has " + std::to_string(width) + " x " +
                                      std::to_string(height) + " pixels, the limit is " +
                                      std::to_string(limits.max_pixels)};
}

// A chunk of a PNG or a segment of a JPEG.
struct HeaderPart {
  std::size_t end;  // offset in `head`; may lie beyond its end
  bool is_read;
};

// Removes from `head` the unread parts from `at` on. Returns how many bytes of the last removed
// part lie beyond `head`. `part_at(at)` returns the part at `at`, which may reach beyond `head`. It
// returns nullopt if the part cannot be told or the header ends.
template <class PartAt>
std::uint64_t drop_parts(Bytes& head, std::size_t at, const PartAt& part_at) {
  std::size_t kept = std::min(at, head.size());
  std::uint64_t ahead = 0;
  while (const std::optional<HeaderPart> part = part_at(at)) {
    const std::size_t end = std::min(part->end, head.size());
    if (part->is_read) {
      std::copy(head.data() + at, head.data() + end, head.data() + kept);
      kept += end - at;
    } else {
      ahead = part->end - end;
    }
    at = end;
  }
  const auto begin = head.begin();
  head.erase(begin + static_cast<std::ptrdiff_t>(kept), begin + static_cast<std::ptrdiff_t>(at));
  return ahead;
}

}  // namespace imagemill::imaging
