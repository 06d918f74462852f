// A coverage mask, and drawing a colour through it.
#pragma once

#include <cstdint>
#include <vector>

#include "nodes/imaging/pixels/colour.h"
#include "nodes/imaging/pixels/image.h"
#include "nodes/imaging/pixels/placement.h"
#include "nodes/imaging/pixels/result.h"

namespace imagemill::imaging {

// Coverage of each pixel by text, 0 to 255: width × height, rows packed.
struct Mask {
  Size size;
  std::vector<std::uint8_t> coverage;
};

// Draws `color` through the mask at `opacity` (0 to 1), source-over. Parts outside the picture are
// clipped. Straight alpha is composited as such. A gray picture with a colour that is not gray
// becomes RGB. Copies the pixels only if they are shared. The result is unfinished once `give_up`
// returns true.
Image draw(Image image, const Mask& mask, Position position, Rgb color, double opacity,
           const GiveUp& give_up = nullptr);

}  // namespace imagemill::imaging
