// The edge of a picture that was shrunk while it was decoded.
#pragma once

#include "nodes/imaging/pixels/image.h"

namespace imagemill::imaging {

// Keeps what lies beyond a picture's edge out of its last samples. Columns from `whole.width` on
// and rows from `whole.height` on are mixed with it: each of their samples is limited to the range
// of the six nearest that are not (two columns by three rows, or the other way round). An axis of
// which no sample is whole stays as it is. Requires: 8 bits; `image` is the only holder of its
// pixels. Cost: O(width + height).
void limit_edge(Image& image, Size whole);

}  // namespace imagemill::imaging
