// Writing EXIF. Reading it is in orient.h.
#pragma once

#include "nodes/imaging/encoded.h"

namespace imagemill::imaging {

// The JPEG file with an EXIF block put first that says `orientation` (1 to 8) and nothing else.
// Requires: `jpeg` opens with SOI and holds no EXIF block.
Bytes with_exif_orientation(const Bytes& jpeg, int orientation);

}  // namespace imagemill::imaging
