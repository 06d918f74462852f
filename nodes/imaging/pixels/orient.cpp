#include "nodes/imaging/pixels/orient.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace imagemill::imaging {
namespace {

// The source of each pixel under an orientation: the picture mirrored, then transposed.
struct Turn {
  bool mirror_x;
  bool mirror_y;
  bool transpose;

  explicit Turn(int orientation)
      : mirror_x(orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8),
        mirror_y(orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7),
        transpose(orientation >= 5) {}

  Size apply(Size size) const { return transpose ? Size{size.height, size.width} : size; }

  // Turns a box on the pixel grid `within`.
  Box apply(Box box, Size within) const {
    if (mirror_x) box.x = within.width - (box.x + box.width);
    if (mirror_y) box.y = within.height - (box.y + box.height);
    return transpose ? Box{box.y, box.x, box.height, box.width} : box;
  }
};

template <std::size_t kBytes>
void copy_turned(const Image& from, const Turn& turn, Image& to) {
  const auto pixel = static_cast<std::ptrdiff_t>(kBytes);
  const auto stride = static_cast<std::ptrdiff_t>(from.stride());
  const std::uint8_t* origin = from.row(turn.mirror_y ? from.height() - 1 : 0) +
                               (turn.mirror_x ? from.width() - 1 : 0) * pixel;
  std::ptrdiff_t step_x = turn.mirror_x ? -pixel : pixel;
  std::ptrdiff_t step_y = turn.mirror_y ? -stride : stride;
  if (turn.transpose) std::swap(step_x, step_y);

  // A transpose works in tiles, so that source lines stay in the L1 cache until all their pixels
  // are used. Without a transpose, whole rows let the hardware prefetch.
  const int tile_width = turn.transpose ? 32 : to.width();
  const int tile_height = turn.transpose ? 32 : 1;
  for (int top = 0; top < to.height(); top += tile_height) {
    const int bottom = std::min(top + tile_height, to.height());
    for (int left = 0; left < to.width(); left += tile_width) {
      const int right = std::min(left + tile_width, to.width());
      for (int y = top; y < bottom; ++y) {
        const std::uint8_t* source = origin + left * step_x + y * step_y;
        std::uint8_t* target = to.mutable_row(y) + left * pixel;
        if (step_x == pixel) {
          std::memcpy(target, source, static_cast<std::size_t>(right - left) * kBytes);
          continue;
        }
        for (int x = left; x < right; ++x, source += step_x, target += kBytes) {
          std::memcpy(target, source, kBytes);
        }
      }
    }
  }
}

void copy_turned(const Image& from, const Turn& turn, Image& to) {
  switch (from.format().bytes_per_pixel()) {
    case 1:
      return copy_turned<1>(from, turn, to);
    case 2:
      return copy_turned<2>(from, turn, to);
    case 3:
      return copy_turned<3>(from, turn, to);
    case 4:
      return copy_turned<4>(from, turn, to);
    case 6:
      return copy_turned<6>(from, turn, to);
    default:
      return copy_turned<8>(from, turn, to);
  }
}

}  // namespace

Image orient(Image image, int orientation) {
  if (orientation <= 1 || orientation > 8) return image;
  const Turn turn(orientation);
  Image turned(turn.apply(image.size()), image.format());
  copy_turned(image, turn, turned);
  turned.set_shrunk(turn.apply(image.full_size()), turn.apply(image.cover(), image.size()));
  turned.set_icc(image.icc());
  return turned;
}

}  // namespace imagemill::imaging
