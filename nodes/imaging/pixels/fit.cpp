#include "nodes/imaging/pixels/fit.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace imagemill::imaging {
namespace {

// Rounds a side to at least 1 and at most 10^9, which no picture reaches and an int holds.
int rounded(double side) { return static_cast<int>(std::lround(std::clamp(side, 1.0, 1e9))); }

Size scaled_by(Size full, double scale) {
  return {rounded(full.width * scale), rounded(full.height * scale)};
}

}  // namespace

Fitting fit(Size full, Size box, Fit mode, Enlarge enlarge, Anchor anchor) {
  if (box.width == 0 && box.height == 0) box = full;
  double scale_x = static_cast<double>(box.width) / full.width;
  double scale_y = static_cast<double>(box.height) / full.height;
  // Both axes take the given side's scale: the rounding of a derived side must not change it.
  if (box.width == 0) {
    scale_x = scale_y;
    box.width = rounded(full.width * scale_x);
  } else if (box.height == 0) {
    scale_y = scale_x;
    box.height = rounded(full.height * scale_y);
  }
  const double limit = enlarge == Enlarge::never ? 1.0 : std::numeric_limits<double>::infinity();
  const double inner = std::min({scale_x, scale_y, limit});
  const double outer = std::min(std::max(scale_x, scale_y), limit);

  Fitting result{
      .source = {0, 0, static_cast<double>(full.width), static_cast<double>(full.height)},
      .scaled = {},
      .canvas = {},
      .position = {}};
  switch (mode) {
    case Fit::fill:
      result.scaled = {rounded(full.width * std::min(scale_x, limit)),
                       rounded(full.height * std::min(scale_y, limit))};
      break;
    case Fit::inside:
    case Fit::contain:
      result.scaled = scaled_by(full, inner);
      break;
    case Fit::outside:
      result.scaled = scaled_by(full, outer);
      break;
    case Fit::cover: {
      const Size covering = scaled_by(full, outer);
      result.scaled = {std::min(covering.width, box.width), std::min(covering.height, box.height)};
      const Position origin = place(covering, result.scaled, anchor, 0);
      const double per_x = static_cast<double>(full.width) / covering.width;
      const double per_y = static_cast<double>(full.height) / covering.height;
      result.source = {origin.x * per_x, origin.y * per_y, result.scaled.width * per_x,
                       result.scaled.height * per_y};
      break;
    }
  }
  result.canvas = result.scaled;
  if (mode == Fit::contain) {
    result.canvas = {std::max(box.width, result.scaled.width),
                     std::max(box.height, result.scaled.height)};
    result.position = place(result.canvas, result.scaled, anchor, 0);
  }
  return result;
}

Box on_pixels(const Box& part, const Image& image) {
  const Box& cover = image.cover();
  const double sx = cover.width / image.full_size().width;
  const double sy = cover.height / image.full_size().height;
  Box box{cover.x + part.x * sx, cover.y + part.y * sy, part.width * sx, part.height * sy};
  // Rounding may reach beyond the grid.
  box.width = std::min(box.width, image.width() - box.x);
  box.height = std::min(box.height, image.height() - box.y);
  return box;
}

Image pad(Image image, Size canvas, Position position, Rgb background) {
  if (canvas == image.size()) return image;
  if (!image.format().has_alpha() && !background.is_gray()) image = to_rgb(std::move(image));
  Image padded(canvas, image.format());
  padded.set_icc(image.icc());
  const std::size_t pixel = image.format().bytes_per_pixel();
  const std::size_t sample = static_cast<std::size_t>(image.format().bits / 8);
  std::uint8_t fill[8] = {};
  if (!image.format().has_alpha()) {
    // Repeating a byte scales 8 bits to 16 exactly: v · 257.
    const std::uint8_t colour[3] = {background.r, background.g, background.b};
    for (std::size_t c = 0; c < pixel / sample; ++c)
      std::memset(fill + c * sample, colour[c], sample);
  }
  for (int y = 0; y < canvas.height; ++y) {
    std::uint8_t* row = padded.mutable_row(y);
    for (int x = 0; x < canvas.width; ++x)
      std::memcpy(row + static_cast<std::size_t>(x) * pixel, fill, pixel);
    if (y < position.y || y >= position.y + image.height()) continue;
    std::memcpy(row + static_cast<std::size_t>(position.x) * pixel, image.row(y - position.y),
                static_cast<std::size_t>(image.width()) * pixel);
  }
  return padded;
}

}  // namespace imagemill::imaging
