// Reads a JPEG's header.
#pragma once

#include <optional>
#include <span>

#include "nodes/imaging/codec/encoded.h"

namespace imagemill::imaging {

// Whether `head` opens with the signature, FF D8 FF.
bool opens_jpeg(std::span<const std::uint8_t> head);
// Reads the header as read_header does. Requires: opens_jpeg(head).
Result<std::optional<Header>> read_jpeg_header(std::span<const std::uint8_t> head,
                                               const DecodeLimits& limits);
// Removes unread segments as drop_unread does. Requires: opens_jpeg(head).
std::uint64_t drop_unread_jpeg_segments(Bytes& head);

}  // namespace imagemill::imaging
