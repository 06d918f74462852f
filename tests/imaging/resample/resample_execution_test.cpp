// Execution of a resize: SIMD targets, runs of columns, pieces and remembered weights change no
// byte, and memory has a bound.
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <hwy/highway.h>

#include "nodes/imaging/resample/resample.h"
#include "tests/imaging/resample/resample_pictures.h"

namespace imagemill::imaging {
namespace {

using testing::kFilters;
using testing::make_picture;
using testing::max_difference;
using testing::paint;
using testing::sample;
using testing::whole;

TEST_CASE("every SIMD target gives the same bytes", "[imaging][resample]") {
  const std::vector<std::int64_t> targets = hwy::SupportedAndGeneratedTargets();
  for (const int bits : {8, 16}) {
    for (int channels = 1; channels <= 4; ++channels) {
      const Image image = make_picture({173, 131}, {channels, bits});
      for (const Size size : {Size{50, 41}, Size{3, 2}, Size{211, 190}}) {
        for (const Filter filter : kFilters) {
          const Box box{0.5, 0.25, 171.5, 130.75};
          hwy::SetSupportedTargetsForTest(0);
          const Image expected = resample(image, box, size, filter);
          for (const std::int64_t target : targets) {
            CAPTURE(bits, channels, size.width, std::string(hwy::TargetName(target)));
            hwy::SetSupportedTargetsForTest(target);
            CHECK(max_difference(resample(image, box, size, filter), expected) == 0);
          }
        }
      }
    }
  }
  hwy::SetSupportedTargetsForTest(0);
}

TEST_CASE("scratch is planned by the size of the work", "[imaging][resample]") {
  const auto small = resample_scratch_bytes({3, 8}, {500, 375}, {128, 128});
  const auto large = resample_scratch_bytes({3, 8}, {4000, 3000}, {1280, 960});
  CHECK(small < (std::size_t{1} << 20));
  CHECK(large > small);
  CHECK(large < kMaxPieces * (std::size_t{2} << 20));
}

TEST_CASE("A very wide picture is filtered in runs of columns, to the same bytes",
          "[imaging][resample]") {
  const PixelFormat format = GENERATE(PixelFormat{1, 8}, PixelFormat{3, 8}, PixelFormat{4, 16});
  const int height = GENERATE(1, 3, 40);
  const int width = 180'000 / format.channels;  // nearly three runs
  const Image image = make_picture({width, height}, format);
  for (const double scale : {2.0, 0.75}) {
    const int columns = static_cast<int>(width / scale);
    const Image all = resample(image, {0, 0, columns * scale, double(height)}, {columns, height},
                               Filter::lanczos3);
    // A part that is one run.
    for (const int begin : {0, columns / 3 / 4 * 4, columns / 2 / 4 * 4, (columns - 800) / 4 * 4}) {
      const Box box{begin * scale, 0, 800 * scale, double(height)};
      const Image part = resample(image, box, {800, height}, Filter::lanczos3);
      INFO(format.channels << " channels, " << height << " rows, scale " << scale << ", " << begin);
      CHECK(max_difference(part, paint({800, height}, format, [&](int x, int y, int c) {
                             return sample(all, begin + x, y, c);
                           })) == 0);
    }
  }
}

TEST_CASE("What is held of a picture of few rows or many columns has a bound",
          "[imaging][resample]") {
  constexpr std::size_t kMiB = std::size_t{1} << 20;
  for (const PixelFormat format : {PixelFormat{3, 8}, PixelFormat{4, 16}}) {
    for (const Size target : {Size{1, 1}, Size{1000, 1}, Size{65'500, 1}, Size{20'000, 20'000}}) {
      CHECK(resample_scratch_bytes(format, {1'000'000, 1}, target) < 64 * kMiB);
    }
    CHECK(resample_scratch_bytes(format, {1'000'000, 1}, {1000, 1}) < 32 * kMiB);
    CHECK(resample_scratch_bytes(format, {1, 1'000'000}, {1, 1000}) < 64 * kMiB);
  }
}

TEST_CASE("A large picture resampled in pieces is the same", "[imaging][resample]") {
  for (const PixelFormat format : {PixelFormat{3, 8}, PixelFormat{4, 16}}) {
    const Image image = testing::noise({2000, 1100}, format, 5);
    const Box all{0, 0, 2000, 1100};
    for (const Size target : {Size{300, 32}, {301, 33}, {640, 255}, {90, 700}}) {
      ResampleCache cache;
      const Image expected = resample(image, all, target, Filter::lanczos3, cache);
      int most = 0;
      const auto backwards = [&](int count, const std::function<void(int)>& piece) {
        most = count;
        std::vector<std::jthread> threads;
        for (int i = count; i-- > 0;) threads.emplace_back([&piece, i] { piece(i); });
      };
      const Image split = resample(image, all, target, Filter::lanczos3, cache, backwards);
      CHECK(max_difference(split, expected) == 0);
      CHECK(most == (target.height > 32 ? std::min(kMaxPieces, (target.height + 31) / 32) : 0));
    }
  }
}

TEST_CASE("A resize asks whether it is wanted, which changes no byte", "[imaging][resample]") {
  const Split one_by_one = [](int count, const auto& piece) {
    for (int i = 0; i < count; ++i) piece(i);
  };
  for (const PixelFormat format : {PixelFormat{3, 8}, PixelFormat{4, 16}}) {
    const Image image = make_picture({40, 300}, format);
    const Size target{30, 2000};
    ResampleCache cache;
    std::atomic<int> asked = 0;
    const Image out = resample(image, whole(image), target, Filter::lanczos3, cache, one_by_one,
                               [&] { return ++asked < 0; });
    CHECK(asked >= 7);
    CHECK(max_difference(out, resample(image, whole(image), target, Filter::lanczos3)) == 0);
    asked = 0;
    resample(image, whole(image), target, Filter::lanczos3, cache, one_by_one,
             [&] { return ++asked == 3; });
    CHECK(asked == 3);
  }
}

TEST_CASE("Remembered weights give the same picture", "[imaging]") {
  ResampleCache cache;
  // More sizes than the cache holds, each twice.
  for (int round = 0; round < 2; ++round) {
    for (int width = 20; width < 80; ++width) {
      Image image({width, 90 - width}, PixelFormat{});
      for (int y = 0; y < image.height(); ++y) {
        for (int i = 0; i < 3 * width; ++i) {
          image.mutable_row(y)[i] = static_cast<std::uint8_t>(i * 7 + y * 13);
        }
      }
      const Image expected = resample(image, whole(image), {16, 12}, Filter::lanczos3);
      const Image actual = resample(image, whole(image), {16, 12}, Filter::lanczos3, cache);
      CHECK(max_difference(actual, expected) == 0);
    }
  }
}

}  // namespace
}  // namespace imagemill::imaging
