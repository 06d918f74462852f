// Which parts of a file's header its reader looks into.
#include <algorithm>
#include <string_view>

#include "nodes/imaging/header_readers.h"

namespace imagemill::imaging {
namespace {

using Span = std::span<const std::uint8_t>;

// A chunk of a PNG or a segment of a JPEG.
struct HeaderPart {
  std::size_t end;  // in the file's bytes from where they are at hand
  bool is_read;
};

// Takes out of `head` the parts from `at` on that are not read. `part_at(at)`: the part there,
// which may reach beyond `head`; nullopt where it cannot be told, or where the header ends.
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

bool holds(Span head, std::size_t at, std::string_view text) {
  return at <= head.size() && head.size() - at >= text.size() &&
         std::equal(text.begin(), text.end(), head.begin() + static_cast<std::ptrdiff_t>(at),
                    [](char c, std::uint8_t byte) { return static_cast<std::uint8_t>(c) == byte; });
}

}  // namespace

std::uint64_t drop_unread_png_chunks(Bytes& head) {
  constexpr std::size_t kSignature = 8;
  constexpr std::size_t kBeforeData = 8;  // length and type
  constexpr std::size_t kAfterData = 4;   // CRC
  return drop_parts(head, kSignature, [&](std::size_t at) -> std::optional<HeaderPart> {
    if (at > head.size() || head.size() - at < kBeforeData) return std::nullopt;
    const std::size_t type = at + 4;
    if (holds(head, type, "IDAT") || holds(head, type, "IEND")) return std::nullopt;
    const std::size_t length = std::size_t{head[at]} << 24 | std::size_t{head[at + 1]} << 16 |
                               std::size_t{head[at + 2]} << 8 | std::size_t{head[at + 3]};
    const auto is = [&](std::string_view name) { return holds(head, type, name); };
    return HeaderPart{at + kBeforeData + length + kAfterData,
                      is("IHDR") || is("PLTE") || is("tRNS") || is("eXIf") || is("iCCP")};
  });
}

std::uint64_t drop_unread_jpeg_segments(Bytes& head) {
  constexpr std::size_t kStart = 2;       // the marker of the image's start
  constexpr std::size_t kBeforeData = 4;  // marker and length
  constexpr std::string_view kExif("Exif\0\0", 6);
  constexpr std::string_view kIcc("ICC_PROFILE\0", 12);
  bool has_exif = false;
  return drop_parts(head, kStart, [&](std::size_t at) -> std::optional<HeaderPart> {
    const std::size_t data = at + kBeforeData;
    if (data + kIcc.size() > head.size() || head[at] != 0xFF) return std::nullopt;
    const std::uint8_t marker = head[at + 1];
    const std::size_t length = std::size_t{head[at + 2]} << 8 | head[at + 3];
    const bool has_length = marker >= 0xC0 && marker < 0xFF && (marker < 0xD0 || marker > 0xDA);
    if (!has_length || length < 2) return std::nullopt;
    const std::size_t end = at + 2 + length;
    const bool comment = marker == 0xFE;
    const bool other = (marker > 0xE2 && marker < 0xEE) || marker == 0xEF;
    if (comment || other) return HeaderPart{end, false};
    if (marker == 0xE2) return HeaderPart{end, holds(head, data, kIcc)};
    if (marker != 0xE1) return HeaderPart{end, true};
    const bool first = holds(head, data, kExif) && !has_exif;
    has_exif = has_exif || first;
    return HeaderPart{end, first};
  });
}

}  // namespace imagemill::imaging
