// Fitting a picture into a box.
#pragma once

#include "nodes/imaging/pixels/colour.h"
#include "nodes/imaging/pixels/image.h"
#include "nodes/imaging/pixels/placement.h"

namespace imagemill::imaging {

// Modes of CSS object-fit, and two more:
//   fill     exactly the box, the proportions change
//   cover    scaled to cover the box, then cropped to it
//   contain  scaled to lie inside the box, then padded to it
//   inside   scaled to lie inside the box
//   outside  scaled to cover the box
enum class Fit { fill, cover, contain, inside, outside };

enum class Enlarge { allowed, never };

// The result of a fit: the part `source` of the picture, scaled to `scaled`, at `position` on a
// `canvas`.
struct Fitting {
  Box source;
  Size scaled;
  Size canvas;
  Position position;
};

// Fits a picture of size `full` into a box. A side of 0 is derived from the other by the picture's
// proportions; both 0 means the picture's own size. `anchor` says which part a crop keeps, and
// where a padded picture lies. With Enlarge::never the picture itself is not scaled up. Sides are
// rounded to nearest, at least 1 pixel. Requires: full ≥ 1 × 1.
Fitting fit(Size full, Size box, Fit mode, Enlarge enlarge, Anchor anchor);

// Maps `part`, given in pixels of full_size(), to the pixel grid in memory. That grid is smaller
// after shrink-on-load.
Box on_pixels(const Box& part, const Image& image);

// Puts the picture on a larger canvas. The space around the picture is transparent if the image has
// alpha, else `background`. A gray picture becomes RGB if the background is not gray. An image of
// the canvas's size is returned as it is.
Image pad(Image image, Size canvas, Position position, Rgb background);

}  // namespace imagemill::imaging
