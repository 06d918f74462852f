// What read_header is made of: one reader for each format, and what they share.
#pragma once

#include <optional>
#include <span>

#include "nodes/imaging/codec/encoded.h"

namespace imagemill::imaging {

// As read_header. Requires: `head` opens with the format's signature.
Result<std::optional<Header>> read_jpeg_header(std::span<const std::uint8_t> head,
                                               const DecodeLimits& limits);
Result<std::optional<Header>> read_png_header(std::span<const std::uint8_t> head,
                                              const DecodeLimits& limits);

// What decoding needs to know of a PNG's header.
struct PngSummary {
  bool has_profile = false;  // good or not
};

// Finds the faults of a PNG's header as read_png_header does, but for those that libpng finds.
// Empty where `head` ends before the pixels. Requires: `head` opens with the signature.
Result<std::optional<PngSummary>> check_png_header(std::span<const std::uint8_t> head,
                                                   const DecodeLimits& limits);

// The fault of a picture over the limit, or none. Requires: both sides below 2^31.
std::optional<Fault> check_pixels(std::int64_t width, std::int64_t height,
                                  const DecodeLimits& limits);

// As drop_unread. Requires: `head` opens with the format's signature.
std::uint64_t drop_unread_png_chunks(Bytes& head);
std::uint64_t drop_unread_jpeg_segments(Bytes& head);

}  // namespace imagemill::imaging
