// EXIF orientation.
#pragma once

#include <cstdint>
#include <span>

#include "nodes/imaging/image.h"

namespace imagemill::imaging {

// The orientation in an EXIF block (a TIFF header, with or without a leading "Exif\0\0"); 1 where
// the block has none, or one out of range, or is damaged.
int exif_orientation(std::span<const std::uint8_t> exif);

// The picture as it should be seen: `orientation` (1 to 8, as EXIF numbers them) undone. 1 returns
// the image itself; the others cost one pass into a new image. cover(), full_size() (which is given
// unoriented and becomes oriented) and the profile go along.
Image orient(Image image, int orientation);

}  // namespace imagemill::imaging
