#include "nodes/imaging/pixels/placement.h"

namespace imagemill::imaging {

Position place(Size image, Size mark, Anchor anchor, int margin) {
  const int column = static_cast<int>(anchor) % 3;
  const int row = static_cast<int>(anchor) / 3;
  const auto along = [margin](int where, int space) {
    return where == 0 ? margin : where == 1 ? space / 2 : space - margin;
  };
  return {along(column, image.width - mark.width), along(row, image.height - mark.height)};
}

}  // namespace imagemill::imaging
