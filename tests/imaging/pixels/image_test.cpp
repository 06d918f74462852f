#include "nodes/imaging/pixels/image.h"

#include "tests/support/catch.h"

namespace imagemill::imaging {
namespace {

TEST_CASE("a blank picture has all of another but its pixels", "[imaging][image]") {
  const auto profile = std::make_shared<const Bytes>(Bytes{1, 2, 3});
  for (const int channels : {1, 2, 3, 4}) {
    Image image({5, 3}, {channels, 16});
    image.set_shrunk({10, 5}, {0, 0, 5, 2.5});
    image.set_icc(profile);
    for (const PixelFormat format : {PixelFormat{1, 8}, {2, 16}, {3, 16}, {4, 8}}) {
      CAPTURE(channels, format.channels, format.bits);
      const Image blank = blank_like(image, format);
      CHECK(blank.size() == image.size());
      CHECK(blank.format() == format);
      CHECK(blank.full_size() == Size{10, 5});
      CHECK(blank.cover() == Box{0, 0, 5, 2.5});
      CHECK(blank.row(0) != image.row(0));
      CHECK((blank.icc() == profile) == (format.is_gray() == image.format().is_gray()));
    }
  }
}

}  // namespace
}  // namespace imagemill::imaging
