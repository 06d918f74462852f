// Turning a picture upright.
#pragma once

#include "nodes/imaging/pixels/image.h"

namespace imagemill::imaging {

// The picture as it should be seen: `orientation` (1 to 8, as EXIF numbers them) undone. 1 returns
// the image itself; the others cost one pass into a new image. cover(), full_size() (which is given
// unoriented and becomes oriented) and the profile go along.
Image orient(Image image, int orientation);

}  // namespace imagemill::imaging
