#include "nodes/imaging/pixels/fit.h"

#include "tests/support/catch.h"

namespace imagemill::imaging {
namespace {

constexpr Size kLandscape{4000, 3000};
constexpr Box kAll{0, 0, 4000, 3000};

Fitting fitted(Size full, Size box, Fit mode, Enlarge enlarge = Enlarge::allowed,
               Anchor anchor = Anchor::center) {
  return fit(full, box, mode, enlarge, anchor);
}

TEST_CASE("fill takes the box as it is", "[imaging]") {
  const Fitting f = fitted(kLandscape, {128, 128}, Fit::fill);
  CHECK(f.scaled == Size{128, 128});
  CHECK(f.canvas == Size{128, 128});
  CHECK(f.source == kAll);
}

TEST_CASE("inside and outside keep the proportions", "[imaging]") {
  CHECK(fitted(kLandscape, {400, 400}, Fit::inside).scaled == Size{400, 300});
  CHECK(fitted(kLandscape, {400, 400}, Fit::outside).scaled == Size{533, 400});
  CHECK(fitted({3000, 4000}, {400, 400}, Fit::inside).scaled == Size{300, 400});
}

TEST_CASE("a side of zero follows from the other", "[imaging]") {
  CHECK(fitted(kLandscape, {320, 0}, Fit::inside).scaled == Size{320, 240});
  CHECK(fitted(kLandscape, {0, 240}, Fit::fill).scaled == Size{320, 240});
  CHECK(fitted(kLandscape, {0, 0}, Fit::inside).scaled == kLandscape);
}

TEST_CASE("cover crops what reaches beyond the box, as the anchor says", "[imaging]") {
  const Fitting center = fitted(kLandscape, {300, 300}, Fit::cover);
  CHECK(center.scaled == Size{300, 300});
  CHECK(center.canvas == Size{300, 300});
  CHECK(center.source == Box{500, 0, 3000, 3000});
  CHECK(fitted(kLandscape, {300, 300}, Fit::cover, Enlarge::allowed, Anchor::left).source ==
        Box{0, 0, 3000, 3000});
  CHECK(fitted(kLandscape, {300, 300}, Fit::cover, Enlarge::allowed, Anchor::bottom_right).source ==
        Box{1000, 0, 3000, 3000});
}

TEST_CASE("contain pads what does not reach the box, as the anchor says", "[imaging]") {
  const Fitting center = fitted(kLandscape, {400, 400}, Fit::contain);
  CHECK(center.scaled == Size{400, 300});
  CHECK(center.canvas == Size{400, 400});
  CHECK(center.position.x == 0);
  CHECK(center.position.y == 50);
  CHECK(fitted(kLandscape, {400, 400}, Fit::contain, Enlarge::allowed, Anchor::bottom).position.y ==
        100);
}

TEST_CASE("without enlarging, a small picture keeps its pixels", "[imaging]") {
  constexpr Size kSmall{100, 50};
  CHECK(fitted(kSmall, {400, 400}, Fit::inside, Enlarge::never).scaled == kSmall);
  CHECK(fitted(kSmall, {400, 400}, Fit::outside, Enlarge::never).scaled == kSmall);
  CHECK(fitted(kSmall, {400, 400}, Fit::fill, Enlarge::never).scaled == kSmall);
  CHECK(fitted(kSmall, {400, 40}, Fit::fill, Enlarge::never).scaled == Size{100, 40});
  CHECK(fitted(kSmall, {80, 80}, Fit::cover, Enlarge::never).scaled == Size{80, 50});
  const Fitting padded = fitted(kSmall, {400, 400}, Fit::contain, Enlarge::never);
  CHECK(padded.scaled == kSmall);
  CHECK(padded.canvas == Size{400, 400});
}

TEST_CASE("no side becomes less than a pixel", "[imaging]") {
  CHECK(fitted({10000, 1}, {10, 10}, Fit::inside).scaled == Size{10, 1});
  CHECK(fitted({1, 10000}, {10, 0}, Fit::fill).scaled == Size{10, 100000});
}

TEST_CASE("a part of the picture is found again after shrink-on-load", "[imaging]") {
  Image shrunk({501, 376}, PixelFormat{});
  shrunk.set_shrunk({4001, 3001}, {0, 0, 4001 / 8.0, 3001 / 8.0});
  const Box all = on_pixels({0, 0, 4001, 3001}, shrunk);
  CHECK(all.x == 0);
  CHECK(all.width == Approx(500.125));
  CHECK(all.height == Approx(375.125));
  const Box half = on_pixels({2000.5, 0, 2000.5, 3001}, shrunk);
  CHECK(half.x == Approx(250.0625));
  CHECK(half.width == Approx(250.0625));
  CHECK(half.x + half.width <= 501);
}

TEST_CASE("padding is the background, or transparency where there is alpha", "[imaging]") {
  Image image({2, 1}, PixelFormat{3, 8});
  for (int i = 0; i < 6; ++i) image.mutable_row(0)[i] = 9;
  const Image padded = pad(image, {4, 3}, {1, 1}, {10, 20, 30});
  REQUIRE(padded.size() == Size{4, 3});
  CHECK(padded.row(0)[0] == 10);
  CHECK(padded.row(1)[0 * 3 + 2] == 30);
  CHECK(padded.row(1)[1 * 3] == 9);
  CHECK(padded.row(1)[3 * 3 + 1] == 20);
  CHECK(padded.row(2)[1 * 3 + 1] == 20);

  Image clear({1, 1}, PixelFormat{4, 8});
  for (int i = 0; i < 4; ++i) clear.mutable_row(0)[i] = 255;
  const Image transparent = pad(clear, {3, 1}, {1, 0}, {10, 20, 30});
  CHECK(transparent.row(0)[3] == 0);
  CHECK(transparent.row(0)[4 + 3] == 255);
  CHECK(transparent.row(0)[8 + 3] == 0);
}

TEST_CASE("a gray picture on a coloured ground becomes RGB, at 16 bits too", "[imaging]") {
  Image gray({1, 1}, PixelFormat{1, 16});
  gray.mutable_row16(0)[0] = 0x1234;
  const Image padded = pad(gray, {2, 1}, {0, 0}, {255, 0, 128});
  REQUIRE(padded.format() == PixelFormat{3, 16});
  CHECK(padded.row16(0)[0] == 0x1234);
  CHECK(padded.row16(0)[3] == 65535);
  CHECK(padded.row16(0)[4] == 0);
  CHECK(padded.row16(0)[5] == 128 * 257);
}

}  // namespace
}  // namespace imagemill::imaging
