// Readers of one format's header, for read_header, and the checks that they share.
#pragma once

#include <optional>
#include <span>

#include "nodes/imaging/codec/encoded.h"

namespace imagemill::imaging {

// Reads a JPEG's header as read_header does. Requires: `head` opens with the signature.
Result<std::optional<Header>> read_jpeg_header(std::span<const std::uint8_t> head,
                                               const DecodeLimits& limits);
// Reads a PNG's header as read_header does. Requires: `head` opens with the signature.
Result<std::optional<Header>> read_png_header(std::span<const std::uint8_t> head,
                                              const DecodeLimits& limits);

// Facts of a PNG's header that decoding needs.
struct PngSummary {
  bool has_profile = false;  // whether or not it can be used
};

// Finds the faults of a PNG's header that read_png_header finds, except those that libpng finds.
// nullopt if `head` ends before the pixels. Requires: `head` opens with the signature.
Result<std::optional<PngSummary>> check_png_header(std::span<const std::uint8_t> head,
                                                   const DecodeLimits& limits);

// The fault too_many_pixels, or nullopt within the limit. Requires: both sides below 2^31.
std::optional<Fault> check_pixels(std::int64_t width, std::int64_t height,
                                  const DecodeLimits& limits);

// Removes unread chunks as drop_unread does. Requires: `head` opens with the PNG signature.
std::uint64_t drop_unread_png_chunks(Bytes& head);
// Removes unread segments as drop_unread does. Requires: `head` opens with the JPEG signature.
std::uint64_t drop_unread_jpeg_segments(Bytes& head);

}  // namespace imagemill::imaging
