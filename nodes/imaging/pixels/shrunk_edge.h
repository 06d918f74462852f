// The edge of a picture that was shrunk while it was decoded.
#pragma once

#include "nodes/imaging/pixels/image.h"

namespace imagemill::imaging {

// Keeps samples from beyond the picture's edge out of the last columns and rows. Columns from
// `whole.width` on and rows from `whole.height` on are mixed with such samples. Each sample there
// is limited to the range of the six nearest unmixed samples (two columns by three rows, or three
// by two). An axis without an unmixed sample stays as it is. Requires: 8 bits; `image` is the only
// holder of its pixels. Cost: O(width + height).
void limit_edge(Image& image, Size whole);

}  // namespace imagemill::imaging
