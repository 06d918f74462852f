// Compositing of a mask over a picture.
#include "nodes/imaging/overlay/draw_mask.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <utility>

#include "nodes/imaging/overlay/blend.h"

namespace imagemill::imaging {
namespace {

constexpr int kRowsUnasked = 16;

// Strength of the drawn colour for each coverage, in 1/kOpaque.
using Strengths = std::array<std::uint32_t, 256>;

Strengths strengths_at(double opacity) {
  Strengths strengths;
  for (int coverage = 0; coverage < 256; ++coverage) {
    strengths[coverage] = static_cast<std::uint32_t>(
        std::lround(coverage * std::clamp(opacity, 0.0, 1.0) * kOpaque / 255));
  }
  return strengths;
}

template <class Sample, int kChannels>
void draw_part(Image& image, const Mask& mask, Position position, const VisiblePart& part,
               Rgb color, const Strengths& strengths, const GiveUp& give_up) {
  constexpr int kScale = static_cast<Sample>(-1) / 255;  // 8 bits to the picture's
  const std::array<Sample, 3> samples = {static_cast<Sample>(color.r * kScale),
                                         static_cast<Sample>(color.g * kScale),
                                         static_cast<Sample>(color.b * kScale)};
  for (int y = part.top; y < part.bottom; ++y) {
    if (y % kRowsUnasked == 0 && give_up && give_up()) return;
    const std::uint8_t* coverage =
        mask.coverage.data() + static_cast<std::size_t>(y) * mask.size.width;
    Sample* row = reinterpret_cast<Sample*>(image.mutable_row(position.y + y));
    for (int x = part.left; x < part.right; ++x) {
      const std::uint32_t strength = strengths[coverage[x]];
      if (strength == 0) continue;
      Sample* pixel = row + static_cast<std::ptrdiff_t>(position.x + x) * kChannels;
      if constexpr (kChannels % 2 == 0) {
        blend_over_alpha<kOpaque, kChannels - 1>(pixel, samples.data(), strength);
      } else {
        blend<kOpaque, kChannels>(pixel, samples.data(), strength);
      }
    }
  }
}

template <class Sample>
constexpr auto draw_part_of(int channels) {
  constexpr std::array kByChannels = {draw_part<Sample, 1>, draw_part<Sample, 2>,
                                      draw_part<Sample, 3>, draw_part<Sample, 4>};
  return kByChannels[static_cast<std::size_t>(channels - 1)];
}

}  // namespace

Image draw(Image image, const Mask& mask, Position position, Rgb color, double opacity,
           const GiveUp& give_up) {
  if (image.format().is_gray() && !color.is_gray()) image = to_rgb(std::move(image));
  const VisiblePart part = visible_part(image.size(), mask.size, position);
  if (part.empty() || opacity <= 0) return image;
  image.make_unique();
  const Strengths strengths = strengths_at(opacity);
  const PixelFormat format = image.format();
  const auto draw_it = format.bits == 8 ? draw_part_of<std::uint8_t>(format.channels)
                                        : draw_part_of<std::uint16_t>(format.channels);
  draw_it(image, mask, position, part, color, strengths, give_up);
  return image;
}

}  // namespace imagemill::imaging
