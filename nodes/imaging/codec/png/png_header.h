// Reads a PNG's header.
#pragma once

#include <optional>
#include <span>

#include "nodes/imaging/codec/encoded.h"

namespace imagemill::imaging {

// Whether `head` opens with the signature, eight bytes.
bool opens_png(std::span<const std::uint8_t> head);
// Reads the header as read_header does. Requires: opens_png(head).
Result<std::optional<Header>> read_png_header(std::span<const std::uint8_t> head,
                                              const DecodeLimits& limits);
// Removes unread chunks as drop_unread does. Requires: opens_png(head).
std::uint64_t drop_unread_png_chunks(Bytes& head);

// Facts of the header that decoding needs.
struct PngSummary {
  bool has_profile = false;  // whether or not it can be used
};

// Finds the faults of the header that read_png_header finds, except those that libpng finds.
// nullopt if `head` ends before the pixels. Requires: opens_png(head).
Result<std::optional<PngSummary>> check_png_header(std::span<const std::uint8_t> head,
                                                   const DecodeLimits& limits);

}  // namespace imagemill::imaging
