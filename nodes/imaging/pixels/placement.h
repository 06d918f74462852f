// Where one picture lies on another.
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

// Where a mark of size `mark` goes on a picture of size `image`: at `anchor`, `margin` pixels from
// the edges that it touches. May be negative or reach beyond the picture, when the mark is the
// larger one.
struct Position {
  int x = 0;
  int y = 0;
};
Position place(Size image, Size mark, Anchor anchor, int margin);

inline VisiblePart visible_part(Size picture, Size mark, Position position) {
  return {std::max(0, -position.x), std::max(0, -position.y),
          std::min(mark.width, picture.width - position.x),
          std::min(mark.height, picture.height - position.y)};
}

}  // namespace imagemill::imaging
