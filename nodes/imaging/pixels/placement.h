// Position of one picture on another, and the part of it that shows.
#pragma once

#include <algorithm>

#include "nodes/imaging/pixels/image.h"

namespace imagemill::imaging {

// The part of a mark that falls on a picture, in the mark's coordinates.
struct VisiblePart {
  int left = 0, top = 0, right = 0, bottom = 0;
  bool empty() const { return left >= right || top >= bottom; }
  Size size() const { return {right - left, bottom - top}; }
  friend bool operator==(const VisiblePart&, const VisiblePart&) = default;
};

enum class Anchor {
  top_left,
  top,
  top_right,
  left,
  center,
  right,
  bottom_left,
  bottom,
  bottom_right
};

// Position of a mark's top left corner, in the picture's pixels. Negative or beyond the picture
// where the mark is the larger one.
struct Position {
  int x = 0;
  int y = 0;
};
// Places a mark of size `mark` on a picture of size `image` at `anchor`, `margin` pixels from the
// edges that the anchor touches.
Position place(Size image, Size mark, Anchor anchor, int margin);

// The part of `mark`, placed at `position`, that falls on `picture`.
inline VisiblePart visible_part(Size picture, Size mark, Position position) {
  return {std::max(0, -position.x), std::max(0, -position.y),
          std::min(mark.width, picture.width - position.x),
          std::min(mark.height, picture.height - position.y)};
}

}  // namespace imagemill::imaging
