#include "nodes/imaging/overlay/compose.h"

#include <cmath>
#include <tuple>
#include <vector>

#include <lcms2.h>

#include "tests/imaging/pictures.h"
#include "tests/support/catch.h"

using namespace imagemill::imaging;
using namespace imagemill::imaging::testing;

namespace {

const std::vector<PixelFormat> kFormats = {{1, 8},  {2, 8},  {3, 8},  {4, 8},
                                           {1, 16}, {2, 16}, {3, 16}, {4, 16}};

int top_of(PixelFormat format) { return format.bits == 8 ? 255 : 65535; }

int in_bits(int value, int from, int to) {
  if (from == to) return value;
  return to == 16 ? value * 257 : static_cast<int>(std::lround(value / 257.0));
}

// The sample that a pixel has in another format, if that has colour and alpha where it has.
int sample_as(const Image& image, int x, int y, int channel, PixelFormat format) {
  const PixelFormat own = image.format();
  const bool alpha = format.has_alpha() && channel == format.channels - 1;
  if (alpha && !own.has_alpha()) return top_of(format);
  const int from = alpha ? own.channels - 1 : own.is_gray() ? 0 : channel;
  return in_bits(sample(image, x, y, from), own.bits, format.bits);
}

// The textbook, without any regard for speed: what each sample is before it is rounded.
double over(const Image& base, const Image& top, Position position, double opacity, int x, int y,
            int c) {
  const PixelFormat format = overlay_format(base.format(), top.format());
  const double most = top_of(format);
  const int color = sample_as(base, x, y, c, format);
  const int tx = x - position.x, ty = y - position.y;
  if (tx < 0 || ty < 0 || tx >= top.width() || ty >= top.height()) return color;
  const PixelFormat straight{format.is_gray() ? 2 : 4, format.bits};
  const double above = sample_as(top, tx, ty, straight.channels - 1, straight) / most * opacity;
  if (!format.has_alpha()) {
    return color * (1 - above) + sample_as(top, tx, ty, c, straight) * above;
  }
  const double below = sample_as(base, x, y, format.channels - 1, format) / most * (1 - above);
  if (c == format.channels - 1) return (above + below) * most;
  if (above == 0) return color;
  return (color * below + sample_as(top, tx, ty, c, straight) * above) / (above + below);
}

// Noise whose alpha is often 0 or full.
Image sketch(Size size, PixelFormat format, unsigned seed) {
  const Image image = noise(size, format, seed);
  const int most = top_of(format);
  return paint(size, format, [&](int x, int y, int c) {
    const bool alpha = format.has_alpha() && c == format.channels - 1;
    return alpha && (x + y) % 3 != 0 ? (x + y) % 3 / 2 * most : sample(image, x, y, c);
  });
}

Image pixel(PixelFormat format, std::initializer_list<int> samples) {
  return paint({1, 1}, format, [&](int, int, int c) { return samples.begin()[c]; });
}

std::vector<int> samples_of(const Image& image, int x = 0, int y = 0) {
  std::vector<int> samples;
  for (int c = 0; c < image.format().channels; ++c) samples.push_back(sample(image, x, y, c));
  return samples;
}

using Samples = std::vector<int>;

SharedBytes some_profile() { return std::make_shared<const Bytes>(Bytes{1, 2, 3}); }

// Gray with a linear curve.
SharedBytes linear_gray() {
  cmsToneCurve* curve = cmsBuildGamma(nullptr, 1.0);
  const cmsHPROFILE profile = cmsCreateGrayProfile(cmsD50_xyY(), curve);
  cmsUInt32Number size = 0;
  cmsSaveProfileToMem(profile, nullptr, &size);
  Bytes bytes(size);
  cmsSaveProfileToMem(profile, bytes.data(), &size);
  cmsCloseProfile(profile);
  cmsFreeToneCurve(curve);
  return std::make_shared<const Bytes>(std::move(bytes));
}

}  // namespace

TEST_CASE("An overlay is source-over in every pair of formats, rounded to nearest", "[imaging]") {
  const Position position{-3, 2};
  for (const PixelFormat below : kFormats) {
    const Image base = sketch({17, 9}, below, 1);
    for (const PixelFormat above : kFormats) {
      const Image top = sketch({13, 11}, above, 2);
      for (const double opacity : {1.0, 0.3125, 0.0}) {
        CAPTURE(below.channels, below.bits, above.channels, above.bits, opacity);
        const Image out = overlay(base, top, position, opacity);
        REQUIRE(out.size() == base.size());
        REQUIRE(out.format() == overlay_format(below, above));
        double worst = 0;
        for (int y = 0; y < out.height(); ++y) {
          for (int x = 0; x < out.width(); ++x) {
            for (int c = 0; c < out.format().channels; ++c) {
              const double ideal = over(base, top, position, opacity, x, y, c);
              worst = std::max(worst, std::abs(sample(out, x, y, c) - ideal));
            }
          }
        }
        CHECK(worst <= 0.5 + 1e-9);
      }
    }
  }
}

TEST_CASE("An overlay's samples", "[imaging]") {
  const auto over = [](const Image& base, const Image& top, double opacity = 1) {
    return samples_of(overlay(base, top, {0, 0}, opacity));
  };
  const Image rgb = pixel({3, 8}, {10, 100, 200});
  CHECK(over(rgb, pixel({4, 8}, {250, 0, 30, 255})) == Samples{250, 0, 30});
  CHECK(over(rgb, pixel({4, 8}, {250, 0, 30, 0})) == Samples{10, 100, 200});
  CHECK(over(rgb, pixel({4, 8}, {250, 0, 30, 128})) == Samples{130, 50, 115});
  CHECK(over(rgb, pixel({4, 8}, {250, 0, 30, 127})) == Samples{130, 50, 115});
  CHECK(over(rgb, pixel({3, 8}, {250, 0, 30}), 0.5) == Samples{130, 50, 115});
  CHECK(over(rgb, pixel({1, 8}, {7})) == Samples{7, 7, 7});
  CHECK(over(rgb, pixel({3, 16}, {128, 129, 65535})) == Samples{0, 1, 255});
  CHECK(over(pixel({3, 16}, {1, 2, 3}), pixel({3, 8}, {1, 2, 255})) == Samples{257, 514, 65535});
  CHECK(over(pixel({1, 8}, {3}), pixel({4, 8}, {255, 0, 0, 85})) == Samples{87, 2, 2});

  const Image half = pixel({4, 8}, {10, 100, 200, 128});
  CHECK(over(half, pixel({4, 8}, {250, 0, 30, 255})) == Samples{250, 0, 30, 255});
  CHECK(over(half, pixel({4, 8}, {250, 0, 30, 128})) == Samples{170, 33, 87, 192});
  CHECK(over(half, pixel({4, 8}, {250, 0, 30, 0})) == Samples{10, 100, 200, 128});
  const Image clear = pixel({4, 8}, {10, 100, 200, 0});
  CHECK(over(clear, pixel({4, 8}, {250, 0, 30, 77})) == Samples{250, 0, 30, 77});
  CHECK(over(clear, pixel({4, 8}, {250, 0, 30, 0})) == Samples{10, 100, 200, 0});

  // The case that would overflow first.
  CHECK(over(pixel({2, 16}, {65535, 65535}), pixel({2, 16}, {65535, 65535})) ==
        Samples{65535, 65535});
  CHECK(over(pixel({2, 16}, {65535, 65535}), pixel({2, 16}, {65535, 1}), 0.5) ==
        Samples{65535, 65535});
}

TEST_CASE("Every blend of 8 bits is the nearest value", "[imaging]") {
  // All alphas and all top values over all base values: a row is a pair of values.
  const Image base = paint({256, 256}, {3, 8}, [](int, int y, int) { return y; });
  for (const int value : {0, 1, 77, 128, 254, 255}) {
    const Image top =
        paint({256, 256}, {4, 8}, [&](int x, int, int c) { return c == 3 ? x : value; });
    const Image out = overlay(base, top, {0, 0}, 1);
    int wrong = 0;
    for (int y = 0; y < 256; ++y) {
      for (int x = 0; x < 256; ++x) {
        const int exact = y * (255 - x) + value * x;
        wrong += sample(out, x, y, 1) != (2 * exact + 255) / 510;
      }
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("What reaches beyond the base is clipped", "[imaging]") {
  const Image base = noise({6, 5}, {3, 8}, 1);
  const Image top = noise({4, 3}, {3, 8}, 2);
  for (int dy = -4; dy <= 6; ++dy) {
    for (int dx = -5; dx <= 7; ++dx) {
      const Image out = overlay(base, top, {dx, dy}, 1);
      CHECK(same_pixels(out, paint(base.size(), base.format(), [&](int x, int y, int c) {
                          const int tx = x - dx, ty = y - dy;
                          const bool under = tx >= 0 && ty >= 0 && tx < 4 && ty < 3;
                          return under ? sample(top, tx, ty, c) : sample(base, x, y, c);
                        })));
    }
  }
  const Image large = noise({30, 20}, {3, 8}, 3);
  CHECK(sample(overlay(base, large, {-7, -9}, 1), 0, 0, 0) == sample(large, 7, 9, 0));
}

TEST_CASE("An overlay is made in place where the base is nobody else's", "[imaging]") {
  const Image top = noise({4, 3}, {4, 8}, 2);
  Image base = noise({6, 5}, {3, 8}, 1);
  base.set_icc(some_profile());
  base.set_shrunk({48, 40}, {0, 0, 5.5, 5});
  const std::uint8_t* pixels = base.row(0);
  const SharedBytes profile = base.icc();
  const Image out = overlay(std::move(base), top, {1, 1}, 1);
  CHECK(out.row(0) == pixels);
  CHECK(out.icc() == profile);
  CHECK(out.full_size() == Size{48, 40});

  const Image before = noise({6, 5}, {3, 8}, 1);
  const Image shared = before;  // NOLINT: a second holder of the pixels
  CHECK(overlay(shared, top, {1, 1}, 1).row(0) != shared.row(0));
  CHECK(same_pixels(shared, noise({6, 5}, {3, 8}, 1)));
  CHECK(overlay(shared, top, {6, 0}, 1).row(0) == shared.row(0));
  CHECK(overlay(shared, top, {0, 0}, 0).row(0) == shared.row(0));

  Image itself = noise({6, 5}, {3, 8}, 1);
  const Image twice = overlay(itself, itself, {1, 0}, 1);
  CHECK(sample(twice, 5, 0, 0) == sample(before, 4, 0, 0));
}

TEST_CASE("A gray base under a coloured top becomes RGB by its profile", "[imaging]") {
  Image gray = pixel({1, 8}, {55});
  const Image clear = pixel({4, 8}, {255, 0, 0, 0});
  CHECK(samples_of(overlay(gray, clear, {0, 0}, 1)) == Samples{55, 55, 55});
  CHECK(overlay(gray, clear, {9, 9}, 1).format() == PixelFormat{3, 8});
  gray.set_icc(linear_gray());
  CHECK(overlay(gray, pixel({2, 8}, {0, 0}), {0, 0}, 1).icc() == gray.icc());
  const Image colored = overlay(gray, clear, {0, 0}, 1);
  CHECK_FALSE(colored.icc());
  CHECK(sample(colored, 0, 0, 0) == Approx(128).margin(2));  // 55/255 of light in sRGB
}

TEST_CASE("Pictures beside each other are centred on the background", "[imaging]") {
  const Image left = noise({3, 2}, {3, 8}, 1);
  const Image right = noise({2, 5}, {3, 8}, 2);
  const Image out = beside(left, right, {10, 20, 30});
  CHECK(same_pixels(out, paint({5, 5}, {3, 8}, [&](int x, int y, int c) {
                      if (x >= 3) return sample(right, x - 3, y, c);
                      return y == 1 || y == 2 ? sample(left, x, y - 1, c) : 10 * (c + 1);
                    })));
  CHECK(beside(right, left, {}).size() == Size{5, 5});
}

TEST_CASE("Pictures on top of each other are centred on the background", "[imaging]") {
  const Image top = noise({5, 2}, {3, 8}, 1);
  const Image bottom = noise({2, 3}, {3, 8}, 2);
  const Image out = stacked(top, bottom, {10, 20, 30});
  CHECK(same_pixels(out, paint({5, 5}, {3, 8}, [&](int x, int y, int c) {
                      if (y < 2) return sample(top, x, y, c);
                      return x == 1 || x == 2 ? sample(bottom, x - 1, y - 2, c) : 10 * (c + 1);
                    })));
}

TEST_CASE("Joined pictures lose nothing of their formats", "[imaging]") {
  for (const PixelFormat first : kFormats) {
    for (const PixelFormat second : kFormats) {
      for (const Rgb background : {Rgb{9, 9, 9}, Rgb{9, 8, 7}}) {
        const Image a = noise({2, 1}, first, 1);
        const Image b = noise({3, 2}, second, 2);
        CAPTURE(first.channels, first.bits, second.channels, second.bits, background.g);
        const PixelFormat format = joined_format(first, second, background);
        const bool gray = first.is_gray() && second.is_gray() && background.is_gray();
        CHECK(format.is_gray() == gray);
        CHECK(format.has_alpha() == (first.has_alpha() || second.has_alpha()));
        CHECK(format.bits == std::max(first.bits, second.bits));
        const int ground[] = {background.r, background.g, background.b};
        const auto ground_sample = [&](int c) {
          const bool alpha = format.has_alpha() && c == format.channels - 1;
          return in_bits(alpha ? 255 : ground[c], 8, format.bits);
        };
        CHECK(same_pixels(beside(a, b, background), paint({5, 2}, format, [&](int x, int y, int c) {
                            if (x >= 2) return sample_as(b, x - 2, y, c, format);
                            return y == 0 ? sample_as(a, x, y, c, format) : ground_sample(c);
                          })));
      }
    }
  }
}

TEST_CASE("Joined pictures keep the first one's profile, if it still fits", "[imaging]") {
  Image rgb = noise({2, 2}, {3, 8}, 1);
  Image gray = noise({2, 2}, {1, 8}, 2);
  const Image plain = noise({2, 2}, {3, 8}, 3);
  rgb.set_icc(some_profile());
  gray.set_icc(linear_gray());
  CHECK(beside(rgb, plain, {}).icc() == rgb.icc());
  CHECK_FALSE(beside(plain, rgb, {}).icc());
  CHECK(beside(gray, gray, {}).icc() == gray.icc());
  CHECK(beside(gray, rgb, {}).icc() == rgb.icc());
  CHECK(beside(rgb, gray, {}).icc() == rgb.icc());
  CHECK_FALSE(beside(gray, gray, {1, 2, 3}).icc());
  const Image converted = beside(gray, rgb, {});
  CHECK(sample(converted, 0, 0, 0) == sample(to_rgb(gray), 0, 0, 0));
  CHECK(sample(converted, 0, 0, 0) != sample(gray, 0, 0, 0));
}
