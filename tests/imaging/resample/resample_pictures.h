// Pictures to resample, and their largest difference.
#pragma once

#include <algorithm>
#include <cmath>
#include <random>

#include "nodes/imaging/resample/resample.h"
#include "tests/imaging/pictures.h"
#include "tests/support/catch.h"

namespace imagemill::imaging::testing {

inline constexpr Filter kFilters[] = {Filter::box, Filter::bilinear, Filter::mitchell,
                                      Filter::lanczos3};

// Waves with some noise: neither flat nor all edges.
inline Image make_picture(Size size, PixelFormat format, unsigned seed = 1) {
  std::mt19937 random(seed);
  const int most = format.bits == 8 ? 255 : 65535;
  return paint(size, format, [&](int x, int y, int c) {
    const double wave = 0.5 + 0.35 * std::sin(x * 0.31 + c) * std::cos(y * 0.23 - c);
    const double noise = 0.15 * (static_cast<double>(random() % 1000) / 500 - 1);
    return static_cast<int>(std::clamp(wave + noise, 0.0, 1.0) * most);
  });
}

inline Box whole(const Image& image) {
  return {0, 0, static_cast<double>(image.width()), static_cast<double>(image.height())};
}

// Largest difference of two samples at one place.
inline int max_difference(const Image& a, const Image& b) {
  REQUIRE(a.size() == b.size());
  REQUIRE(a.format() == b.format());
  int most = 0;
  for (int y = 0; y < a.height(); ++y) {
    for (int x = 0; x < a.width(); ++x) {
      for (int c = 0; c < a.format().channels; ++c) {
        most = std::max(most, std::abs(sample(a, x, y, c) - sample(b, x, y, c)));
      }
    }
  }
  return most;
}

}  // namespace imagemill::imaging::testing
