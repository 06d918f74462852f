#include "nodes/imaging/pixels/orient.h"

#include "tests/imaging/pictures.h"
#include "tests/support/catch.h"

using namespace imagemill::imaging;
using namespace imagemill::imaging::testing;

namespace {

struct Point {
  int x;
  int y;
};

// Where the standard says that pixel (x, y) of the upright picture is stored: EXIF 2.3, 4.6.4 A,
// "0th row" and "0th column" at top, right, bottom, left.
Point stored_at(int orientation, Point seen, Size stored) {
  const int right = stored.width - 1;
  const int bottom = stored.height - 1;
  switch (orientation) {
    case 2:
      return {right - seen.x, seen.y};
    case 3:
      return {right - seen.x, bottom - seen.y};
    case 4:
      return {seen.x, bottom - seen.y};
    case 5:
      return {seen.y, seen.x};
    case 6:
      return {seen.y, bottom - seen.x};
    case 7:
      return {right - seen.y, bottom - seen.x};
    case 8:
      return {right - seen.y, seen.x};
    default:
      return seen;
  }
}

}  // namespace

TEST_CASE("Every orientation is undone in every pixel format", "[imaging]") {
  const int channels = GENERATE(1, 2, 3, 4);
  const int bits = GENERATE(8, 16);
  const Image stored = noise({71, 45}, {channels, bits}, 1);
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const Image seen = orient(stored, orientation);
    REQUIRE(seen.size() == (orientation < 5 ? Size{71, 45} : Size{45, 71}));
    CHECK(same_pixels(seen, paint(seen.size(), seen.format(), [&](int x, int y, int c) {
                        const Point from = stored_at(orientation, {x, y}, stored.size());
                        return sample(stored, from.x, from.y, c);
                      })));
  }
}

TEST_CASE("Orientation 1 and numbers out of range give the image itself", "[imaging]") {
  const Image image = gradient({5, 4}, {3, 8});
  for (const int orientation : {1, 0, -1, 9}) {
    CHECK(orient(image, orientation).row(0) == image.row(0));
  }
}

TEST_CASE("What belongs to the picture turns with it", "[imaging]") {
  Image image = gradient({5, 4}, {3, 8});
  image.set_shrunk({38, 25}, {0, 0, 4.75, 3.125});
  image.set_icc(std::make_shared<const Bytes>(Bytes{1, 2, 3}));
  const Box covers[] = {{0, 0, 4.75, 3.125},        {0.25, 0, 4.75, 3.125},
                        {0.25, 0.875, 4.75, 3.125}, {0, 0.875, 4.75, 3.125},
                        {0, 0, 3.125, 4.75},        {0.875, 0, 3.125, 4.75},
                        {0.875, 0.25, 3.125, 4.75}, {0, 0.25, 3.125, 4.75}};
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const Image seen = orient(image, orientation);
    CHECK(seen.cover() == covers[orientation - 1]);
    CHECK(seen.full_size() == (orientation < 5 ? Size{38, 25} : Size{25, 38}));
    CHECK(seen.icc() == image.icc());
  }
}
