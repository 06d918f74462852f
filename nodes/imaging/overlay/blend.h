// Source-over compositing of one pixel, shared by mask drawing and picture overlay.
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "nodes/imaging/pixels/colour.h"

namespace imagemill::imaging {

// Opacity 1 in integer opacities.
constexpr std::uint32_t kOpaque = 65536;

// Blends an opaque pixel: (pixel · (kWhole − strength) + color · strength) / kWhole, rounded once,
// to nearest. Requires: strength ≤ kWhole ≤ 65535 · 65536.
template <std::uint64_t kWhole, int kColors, class Sample>
void blend(Sample* pixel, const Sample* color, std::uint64_t strength) {
  constexpr std::uint64_t kMost = kWhole * static_cast<Sample>(-1) + kWhole / 2;
  using Sum = std::conditional_t<(kMost <= UINT32_MAX), std::uint32_t, std::uint64_t>;
  const Sum above = static_cast<Sum>(strength);
  const Sum below = static_cast<Sum>(kWhole) - above;
  for (int c = 0; c < kColors; ++c) {
    pixel[c] = static_cast<Sample>((pixel[c] * below + color[c] * above + kWhole / 2) /
                                   static_cast<Sum>(kWhole));
  }
}

// Blends a pixel with straight alpha, which follows its colours (Porter & Duff, "Compositing
// Digital Images", 1984). Requires: 0 < strength ≤ kWhole ≤ 65535 · 65536.
template <std::uint64_t kWhole, int kColors, class Sample>
void blend_over_alpha(Sample* pixel, const Sample* color, std::uint64_t strength) {
  constexpr std::uint64_t kMax = static_cast<Sample>(-1);
  const std::uint64_t above = strength * kMax;
  const std::uint64_t below = pixel[kColors] * (kWhole - strength);
  const std::uint64_t alpha = above + below;
  for (int c = 0; c < kColors; ++c) {
    pixel[c] = static_cast<Sample>((color[c] * above + pixel[c] * below + alpha / 2) / alpha);
  }
  pixel[kColors] = static_cast<Sample>((alpha + kWhole / 2) / kWhole);
}

}  // namespace imagemill::imaging
