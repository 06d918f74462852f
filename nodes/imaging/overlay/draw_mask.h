// A coverage mask, and its composition over a picture.
#pragma once

#include <cstdint>
#include <vector>

#include "nodes/imaging/pixels/colour.h"
#include "nodes/imaging/pixels/image.h"
#include "nodes/imaging/pixels/placement.h"
#include "nodes/imaging/pixels/result.h"

namespace imagemill::imaging {

// How much of each pixel the text covers: width × height, rows packed, 0 to 255.
struct Mask {
  Size size;
  std::vector<std::uint8_t> coverage;
};

// Draws `color` through the mask at `opacity` (0 to 1), source-over; what falls outside the picture
// is clipped. Straight alpha is composited as such. A gray picture with a colour that is not gray
// becomes RGB. Copies the pixels only where they are shared. Unfinished where `give_up` returns
// true.
Image draw(Image image, const Mask& mask, Position position, Rgb color, double opacity,
           const GiveUp& give_up = nullptr);

}  // namespace imagemill::imaging
