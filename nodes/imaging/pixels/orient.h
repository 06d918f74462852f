// Turning a picture upright.
#pragma once

#include "nodes/imaging/pixels/image.h"

namespace imagemill::imaging {

// Undoes `orientation` (1 to 8, numbered as in EXIF) and returns the upright picture. 1 returns the
// image itself; the others cost one pass into a new image. cover() is turned with the pixels.
// full_size() is given unoriented and returned oriented. The profile is kept.
Image orient(Image image, int orientation);

}  // namespace imagemill::imaging
