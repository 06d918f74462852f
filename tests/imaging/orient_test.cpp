#include "nodes/imaging/orient.h"

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

TEST_CASE("The orientation is read from EXIF blocks of both byte orders", "[imaging]") {
  for (int orientation = 1; orientation <= 8; ++orientation) {
    for (const bool little_endian : {true, false}) {
      const Bytes block = exif_block(orientation, little_endian);
      CHECK(exif_orientation(block) == orientation);
      CHECK(exif_orientation(with_inserted(block, 0, bytes_of({"Exif\0\0", 6}))) == orientation);
    }
  }
}

TEST_CASE("An EXIF block without a good orientation means 1", "[imaging]") {
  CHECK(exif_orientation({}) == 1);
  CHECK(exif_orientation(exif_block(0)) == 1);
  CHECK(exif_orientation(exif_block(9)) == 1);
  Bytes other_tag = exif_block(6);
  other_tag[10] = 0x13;
  CHECK(exif_orientation(other_tag) == 1);
  Bytes far_directory = exif_block(6);
  std::fill_n(far_directory.begin() + 4, 4, std::uint8_t{0xFF});
  CHECK(exif_orientation(far_directory) == 1);
  const Bytes block = exif_block(6);
  for (std::size_t bytes = 0; bytes < 22; ++bytes) {
    CHECK(exif_orientation(std::span(block).first(bytes)) == 1);
  }
}

TEST_CASE("Damaged EXIF blocks give an orientation in range", "[imaging]") {
  std::mt19937 random(7);
  for (int i = 0; i < 5000; ++i) {
    const int orientation = exif_orientation(mutated(exif_block(6, i % 2 == 0), 0, random));
    REQUIRE((orientation >= 1 && orientation <= 8));
  }
}
