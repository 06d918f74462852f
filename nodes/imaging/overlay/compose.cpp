#include "nodes/imaging/overlay/compose.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "nodes/imaging/overlay/blend.h"

namespace imagemill::imaging {
namespace {

template <class To, class From>
To in_bits(From sample) {
  if constexpr (sizeof(To) > sizeof(From)) return static_cast<To>(sample * 257);
  // v·255/65535 = v/257, and no v lies halfway between two results.
  if constexpr (sizeof(To) < sizeof(From)) return static_cast<To>((sample + 128u) / 257);
  return static_cast<To>(sample);
}

template <class From, class To>
void convert(const From* from, int from_channels, To* to, int to_channels, int pixels) {
  const int colors = to_channels < 3 ? 1 : 3;
  const int next = from_channels < 3 ? 0 : 1;  // gray is repeated
  const bool opaque = from_channels % 2 != 0;
  for (int x = 0; x < pixels; ++x, from += from_channels, to += to_channels) {
    for (int c = 0; c < colors; ++c) to[c] = in_bits<To>(from[c * next]);
    if (to_channels > colors) {
      to[colors] = opaque ? static_cast<To>(-1) : in_bits<To>(from[from_channels - 1]);
    }
  }
}

// Writes `pixels` pixels of the image, from (x, y) on, in `format`. Requires: `format` has colour
// and alpha if the image has them.
void convert_pixels(const Image& image, int x, int y, int pixels, PixelFormat format, void* to) {
  const PixelFormat own = image.format();
  const std::uint8_t* from = image.row(y) + static_cast<std::size_t>(x) * own.bytes_per_pixel();
  const auto* from16 = reinterpret_cast<const std::uint16_t*>(from);
  auto* to8 = static_cast<std::uint8_t*>(to);
  auto* to16 = static_cast<std::uint16_t*>(to);
  if (own == format) {
    std::memcpy(to, from, static_cast<std::size_t>(pixels) * own.bytes_per_pixel());
  } else if (own.bits == 8) {
    format.bits == 8 ? convert(from, own.channels, to8, format.channels, pixels)
                     : convert(from, own.channels, to16, format.channels, pixels);
  } else {
    format.bits == 8 ? convert(from16, own.channels, to8, format.channels, pixels)
                     : convert(from16, own.channels, to16, format.channels, pixels);
  }
}

// Lays a row over a base row. `over` has alpha, whether or not `base`, of kChannels, has alpha.
template <class Sample, int kChannels>
void blend_row(Sample* base, const Sample* over, int pixels, std::uint32_t opacity) {
  constexpr bool kAlpha = kChannels % 2 == 0;
  constexpr int kColors = kAlpha ? kChannels - 1 : kChannels;
  constexpr std::uint64_t kWhole = std::uint64_t{static_cast<Sample>(-1)} * kOpaque;
  for (int x = 0; x < pixels; ++x, base += kChannels, over += kColors + 1) {
    const std::uint32_t strength = over[kColors] * opacity;
    if constexpr (kAlpha) {
      if (strength > 0) blend_over_alpha<kWhole, kColors>(base, over, strength);
    } else {
      blend<kWhole, kColors>(base, over, strength);
    }
  }
}

template <class Sample, int kChannels>
void overlay_part(Image& base, const Image& top, Position position, const VisiblePart& part,
                  std::uint32_t opacity) {
  constexpr PixelFormat kFormat{kChannels < 3 ? 2 : 4, 8 * sizeof(Sample)};
  const int pixels = part.right - part.left;
  std::vector<Sample> converted(static_cast<std::size_t>(pixels) * kFormat.channels);
  for (int y = part.top; y < part.bottom; ++y) {
    convert_pixels(top, part.left, y, pixels, kFormat, converted.data());
    Sample* row = reinterpret_cast<Sample*>(base.mutable_row(position.y + y));
    blend_row<Sample, kChannels>(
        row + static_cast<std::ptrdiff_t>(position.x + part.left) * kChannels, converted.data(),
        pixels, opacity);
  }
}

template <class Sample>
constexpr auto overlay_part_of(int channels) {
  constexpr std::array kByChannels = {overlay_part<Sample, 1>, overlay_part<Sample, 2>,
                                      overlay_part<Sample, 3>, overlay_part<Sample, 4>};
  return kByChannels[static_cast<std::size_t>(channels - 1)];
}

struct Placed {
  Image image;
  Position position;

  bool spans(int y) const { return y >= position.y && y < position.y + image.height(); }
};

// A row of equal opaque pixels. Repeating a byte scales 8 bits to 16 exactly: v · 257.
Bytes plain_row(int width, PixelFormat format, Rgb color) {
  std::array<std::uint8_t, 4> samples = {color.r, color.g, color.b, 255};
  if (format.is_gray()) samples[1] = 255;
  const auto sample = static_cast<std::size_t>(format.bits / 8);
  Bytes row(static_cast<std::size_t>(width) * format.bytes_per_pixel());
  for (std::size_t i = 0; i < row.size(); ++i) row[i] = samples[i / sample % format.channels];
  return row;
}

// Puts the parts on one canvas. Requires: the parts lie on the canvas and do not overlap.
Image joined(Size canvas, std::array<Placed, 2> parts, Rgb background) {
  const PixelFormat format =
      joined_format(parts[0].image.format(), parts[1].image.format(), background);
  const bool first_changes = parts[0].image.format().is_gray() && !format.is_gray();
  Image result(canvas, format);
  if (!first_changes) {
    result.set_icc(parts[0].image.icc());
  } else if (!parts[1].image.format().is_gray()) {
    result.set_icc(parts[1].image.icc());
  }
  if (!format.is_gray()) {
    for (Placed& part : parts) part.image = to_rgb(std::move(part.image));
  }
  const Bytes plain = plain_row(canvas.width, format, background);
  for (int y = 0; y < canvas.height; ++y) {
    std::uint8_t* row = result.mutable_row(y);
    int covered = 0;
    for (const Placed& part : parts) covered += part.spans(y) ? part.image.width() : 0;
    if (covered < canvas.width) std::memcpy(row, plain.data(), plain.size());
    for (const Placed& part : parts) {
      if (!part.spans(y)) continue;
      convert_pixels(part.image, 0, y - part.position.y, part.image.width(), format,
                     row + static_cast<std::size_t>(part.position.x) * format.bytes_per_pixel());
    }
  }
  return result;
}

}  // namespace

PixelFormat overlay_format(PixelFormat base, PixelFormat top) {
  return {base.is_gray() && !top.is_gray() ? base.channels + 2 : base.channels, base.bits};
}

Image overlay(Image base, const Image& top, Position position, double opacity) {
  if (base.format().is_gray() && !top.format().is_gray()) base = to_rgb(std::move(base));
  const VisiblePart part = visible_part(base.size(), top.size(), position);
  const auto strength =
      static_cast<std::uint32_t>(std::lround(std::clamp(opacity, 0.0, 1.0) * kOpaque));
  if (part.empty() || strength == 0) return base;
  base.make_unique();
  const PixelFormat format = base.format();
  const auto overlay_it = format.bits == 8 ? overlay_part_of<std::uint8_t>(format.channels)
                                           : overlay_part_of<std::uint16_t>(format.channels);
  overlay_it(base, top, position, part, strength);
  return base;
}

PixelFormat joined_format(PixelFormat first, PixelFormat second, Rgb background) {
  const bool gray = first.is_gray() && second.is_gray() && background.is_gray();
  const bool alpha = first.has_alpha() || second.has_alpha();
  return {(gray ? 1 : 3) + (alpha ? 1 : 0), std::max(first.bits, second.bits)};
}

Image beside(const Image& left, const Image& right, Rgb background) {
  const Size canvas{left.width() + right.width(), std::max(left.height(), right.height())};
  return joined(canvas,
                {Placed{left, place(canvas, left.size(), Anchor::left, 0)},
                 Placed{right, place(canvas, right.size(), Anchor::right, 0)}},
                background);
}

Image stacked(const Image& top, const Image& bottom, Rgb background) {
  const Size canvas{std::max(top.width(), bottom.width()), top.height() + bottom.height()};
  return joined(canvas,
                {Placed{top, place(canvas, top.size(), Anchor::top, 0)},
                 Placed{bottom, place(canvas, bottom.size(), Anchor::bottom, 0)}},
                background);
}

}  // namespace imagemill::imaging
