// Pixels of resampled pictures: those of the textbook, whatever the filter, format and size.
#include "nodes/imaging/resample/resample.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <numbers>
#include <vector>

#include "tests/imaging/resample/resample_pictures.h"

namespace imagemill::imaging {
namespace {

using testing::kFilters;
using testing::make_picture;
using testing::max_difference;
using testing::paint;
using testing::sample;
using testing::set_sample;
using testing::whole;

// The textbook, in double precision and without any regard for speed.
double kernel(Filter filter, double x) {
  x = std::abs(x);
  const auto sinc = [](double t) {
    return t == 0 ? 1.0 : std::sin(std::numbers::pi * t) / (std::numbers::pi * t);
  };
  switch (filter) {
    case Filter::box:
      return x < 0.5 - 1e-9 ? 1 : x > 0.5 + 1e-9 ? 0 : 0.5;
    case Filter::bilinear:
      return std::max(0.0, 1 - x);
    case Filter::mitchell:
      if (x < 1) return 7.0 / 6 * x * x * x - 2 * x * x + 8.0 / 9;
      if (x < 2) return -7.0 / 18 * x * x * x + 2 * x * x - 10.0 / 3 * x + 16.0 / 9;
      return 0;
    case Filter::lanczos3:
      return x < 3 ? sinc(x) * sinc(x / 3) : 0;
  }
  return 0;
}

std::vector<double> reference_weights(double origin, double length, int pixels, int target, int i,
                                      Filter filter) {
  std::vector<double> weights(static_cast<std::size_t>(pixels));
  const double scale = length / target;
  const double center = origin + (i + 0.5) * scale;
  double sum = 0;
  for (int p = 0; p < pixels; ++p) {
    // A copy of the axis is a copy for every filter, Mitchell's too.
    weights[p] = scale == 1 && origin == std::floor(origin)
                     ? (p == static_cast<int>(origin) + i ? 1.0 : 0.0)
                     : kernel(filter, (p + 0.5 - center) / std::max(scale, 1.0));
    sum += weights[p];
  }
  for (double& weight : weights) weight /= sum;
  return weights;
}

Image reference(const Image& image, const Box& source, Size target, Filter filter) {
  const PixelFormat format = image.format();
  const int channels = format.channels;
  const double most = format.bits == 8 ? 255 : 65535;
  const auto premultiplied = [&](int x, int y, int c) {
    const double value = sample(image, x, y, c);
    if (!format.has_alpha() || c + 1 == channels) return value;
    return value * sample(image, x, y, channels - 1);
  };

  std::vector<std::vector<double>> along;
  for (int x = 0; x < target.width; ++x) {
    along.push_back(
        reference_weights(source.x, source.width, image.width(), target.width, x, filter));
  }
  Image out(target, format);
  for (int y = 0; y < target.height; ++y) {
    const auto down =
        reference_weights(source.y, source.height, image.height(), target.height, y, filter);
    std::vector<double> line(static_cast<std::size_t>(image.width()) * channels);
    for (int v = 0; v < image.height(); ++v) {
      if (down[v] == 0) continue;
      for (int u = 0; u < image.width(); ++u) {
        for (int c = 0; c < channels; ++c) {
          line[u * channels + c] += down[v] * premultiplied(u, v, c);
        }
      }
    }
    for (int x = 0; x < target.width; ++x) {
      std::vector<double> pixel(static_cast<std::size_t>(channels));
      for (int u = 0; u < image.width(); ++u) {
        for (int c = 0; c < channels; ++c) pixel[c] += along[x][u] * line[u * channels + c];
      }
      for (int c = 0; c < channels; ++c) {
        double value = pixel[c];
        if (format.has_alpha() && c + 1 < channels) {
          value = pixel[channels - 1] >= 0.5 ? value / pixel[channels - 1] : 0;
        }
        set_sample(out, x, y, c, static_cast<int>(std::lround(std::clamp(value, 0.0, most))));
      }
    }
  }
  return out;
}

Image mirrored(const Image& image) {
  return paint(image.size(), image.format(), [&](int x, int y, int c) {
    return sample(image, image.width() - 1 - x, image.height() - 1 - y, c);
  });
}

TEST_CASE("resampling follows the textbook for every filter, format and direction",
          "[imaging][resample]") {
  struct Case {
    Size from, to;
  };
  const Case cases[] = {{{61, 47}, {20, 13}},   {{61, 47}, {97, 70}}, {{61, 47}, {20, 70}},
                        {{300, 200}, {33, 35}}, {{45, 30}, {30, 20}}, {{40, 30}, {40, 10}},
                        {{40, 30}, {13, 30}}};
  for (const auto& [from, to] : cases) {
    for (const int bits : {8, 16}) {
      for (int channels = 1; channels <= 4; ++channels) {
        const Image image = make_picture(from, {channels, bits});
        for (const Filter filter : kFilters) {
          CAPTURE(from.width, to.width, to.height, bits, channels, static_cast<int>(filter));
          const Image expected = reference(image, whole(image), to, filter);
          const Image actual = resample(image, whole(image), to, filter);
          CHECK(max_difference(actual, expected) <= 1);
        }
      }
    }
  }
}

TEST_CASE("a source may be any box, with fractions, inside the image", "[imaging][resample]") {
  const Box boxes[] = {{0.25, 3.5, 20.125, 11.75},
                       {10, 5, 20, 20},
                       {33.3, 0, 16.7, 40},
                       {49.5, 39.5, 0.5, 0.5},
                       {20, 20, 0.125, 3}};
  for (const PixelFormat format : {PixelFormat{3, 8}, PixelFormat{4, 8}, PixelFormat{1, 16}}) {
    const Image image = make_picture({50, 40}, format);
    for (const Box& box : boxes) {
      for (const Filter filter : kFilters) {
        CAPTURE(box.x, box.width, format.channels, static_cast<int>(filter));
        const Size target{17, 12};
        CHECK(max_difference(resample(image, box, target, filter),
                             reference(image, box, target, filter)) <= 1);
      }
    }
  }
}

TEST_CASE("every size from 1 to 70 is resampled to its last pixel", "[imaging][resample]") {
  for (int n = 1; n <= 70; ++n) {
    CAPTURE(n);
    for (const PixelFormat format : {PixelFormat{3, 8}, PixelFormat{1, 8}, PixelFormat{4, 8}}) {
      const Image image = make_picture({n, 71 - n}, format);
      const Size target{71 - n, n};
      CHECK(max_difference(resample(image, whole(image), target, Filter::lanczos3),
                           reference(image, whole(image), target, Filter::lanczos3)) <= 1);
    }
  }
}

TEST_CASE("an image of one colour keeps it exactly", "[imaging][resample]") {
  const Size sizes[] = {{1, 1}, {7, 3}, {64, 64}, {200, 31}};
  for (const int bits : {8, 16}) {
    const int most = bits == 8 ? 255 : 65535;
    for (int channels = 1; channels <= 4; ++channels) {
      for (const int level : {0, 1, 2, 3}) {
        const auto value = [&](int, int, int c) {
          const bool is_alpha = channels % 2 == 0 && c + 1 == channels;
          return is_alpha ? most - level * most / 5 : (level + c) * most / 6 + (level == 3 ? 1 : 0);
        };
        const Image image = paint({83, 59}, {channels, bits}, value);
        for (const Filter filter : kFilters) {
          for (const Size size : sizes) {
            CAPTURE(bits, channels, level, static_cast<int>(filter), size.width);
            const Image actual = resample(image, {3.25, 1.5, 70.5, 55}, size, filter);
            CHECK(max_difference(actual, paint(size, {channels, bits}, value)) == 0);
          }
        }
      }
    }
  }
}

TEST_CASE("the same size gives the same pixels, shared", "[imaging][resample]") {
  for (const PixelFormat format : {PixelFormat{3, 8}, PixelFormat{4, 16}}) {
    const Image image = make_picture({37, 21}, format);
    for (const Filter filter : kFilters) {
      const Image same = resample(image, whole(image), image.size(), filter);
      CHECK(same.row(0) == image.row(0));
      const Image part = resample(image, {5, 2, 20, 10}, {20, 10}, filter);
      for (int y = 0; y < 10; ++y) {
        CHECK(std::equal(part.row(y), part.row(y) + 20 * format.bytes_per_pixel(),
                         image.row(y + 2) + 5 * format.bytes_per_pixel()));
      }
    }
  }
}

TEST_CASE("a resampled image stands for itself and keeps its profile", "[imaging][resample]") {
  Image image = make_picture({40, 30}, {3, 8});
  image.set_shrunk({320, 239}, {0, 0, 40, 29.875});
  image.set_icc(std::make_shared<const Bytes>(Bytes{1, 2, 3}));
  for (const Size target : {Size{20, 15}, Size{40, 30}}) {
    const Image out = resample(image, {0, 0, 40, 30}, target, Filter::bilinear);
    CHECK(out.icc() == image.icc());
    CHECK(out.full_size() == target);
    CHECK(out.cover() == whole(out));
  }
}

TEST_CASE("the mirror image resamples to the mirror image", "[imaging][resample]") {
  const Size sizes[] = {{30, 20}, {31, 17}, {15, 10}, {90, 80}};
  for (int channels = 1; channels <= 4; ++channels) {
    const Image image = make_picture({45, 30}, {channels, 8});
    for (const Filter filter : kFilters) {
      for (const Size size : sizes) {
        CAPTURE(channels, static_cast<int>(filter), size.width);
        const Image straight = resample(image, whole(image), size, filter);
        const Image turned = resample(mirrored(image), whole(image), size, filter);
        CHECK(max_difference(mirrored(turned), straight) <= 1);
      }
    }
  }
}

TEST_CASE("what is transparent leaves no fringe", "[imaging][resample]") {
  // White on the left; on the right black and green that nobody sees.
  for (const int bits : {8, 16}) {
    const int most = bits == 8 ? 255 : 65535;
    const Image image = paint({64, 64}, {4, bits}, [&](int x, int y, int c) {
      if (x < 32) return most;
      return c == 1 && y < 32 ? most : 0;
    });
    for (const Filter filter : kFilters) {
      const Image out = resample(image, {0.3, 0.7, 63, 62}, {19, 23}, filter);
      for (int y = 0; y < out.height(); ++y) {
        for (int x = 0; x < out.width(); ++x) {
          const int alpha = sample(out, x, y, 3);
          for (int c = 0; c < 3; ++c) CHECK(sample(out, x, y, c) == (alpha > 0 ? most : 0));
        }
      }
    }
  }
}

TEST_CASE("extreme ratios work", "[imaging][resample]") {
  const auto ramp = [](int length, int most) {
    return [=](int x, int y, int) {
      return static_cast<int>(static_cast<std::int64_t>(x + y) * most / (length - 1));
    };
  };
  for (const PixelFormat format : {PixelFormat{3, 8}, PixelFormat{2, 8}, PixelFormat{1, 16}}) {
    const int most = format.bits == 8 ? 255 : 65535;
    for (const Filter filter : kFilters) {
      CAPTURE(format.channels, static_cast<int>(filter));
      const Image wide = paint({65500, 1}, format, ramp(65500, most));
      const Image tall = paint({1, 65500}, format, ramp(65500, most));
      CHECK(resample(wide, whole(wide), {1, 1}, filter).width() == 1);
      if (!format.has_alpha()) {
        for (const Image& image : {wide, tall}) {
          const Image dot = resample(image, whole(image), {1, 1}, filter);
          CHECK(std::abs(sample(dot, 0, 0, 0) - most / 2) <= 1);
        }
      }
      const Image dot = paint({1, 1}, format, [](int, int, int c) { return 100 + c; });
      const Image grown = resample(dot, whole(dot), {10000, 3}, filter);
      CHECK(sample(grown, 9999, 2, 0) == 100);
      CHECK(sample(grown, 0, 0, format.channels - 1) == 100 + format.channels - 1);
    }
  }
}

}  // namespace
}  // namespace imagemill::imaging
