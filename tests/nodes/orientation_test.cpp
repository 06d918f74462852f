// decode: what it shows of an image that was stored turned or mirrored.
#include "tests/support/catch.h"
#include "tests/support/graph_runner.h"
#include "tests/support/node_runner.h"

using namespace imagemill;
using namespace imagemill::testing;

namespace {

// Four colours, so that no turning or mirroring looks the same.
Image quadrants(Size size) {
  constexpr int kColours[4][3] = {{250, 20, 20}, {20, 250, 20}, {20, 20, 250}, {240, 240, 240}};
  return paint(size, {3, 8}, [&](int x, int y, int c) {
    return kColours[(2 * x >= size.width ? 1 : 0) + (2 * y >= size.height ? 2 : 0)][c];
  });
}

const imaging::EncodeOptions kBest{100, imaging::Subsampling::s444, false};

}  // namespace

TEST_CASE("A PNG comes out upright from each of the eight orientations", "[nodes]") {
  const int orientation = GENERATE(range(1, 9));
  const PixelFormat format = GENERATE(PixelFormat{1, 8}, PixelFormat{2, 8}, PixelFormat{3, 8},
                                      PixelFormat{4, 8}, PixelFormat{3, 16});
  const Image upright = noise({37, 23}, format, 1);
  const Bytes file = with_orientation(png_file(stored_for(upright, orientation)), orientation);
  const auto decoded = NodeRunner("{type: decode, depth: keep}").run(file);
  REQUIRE(decoded);
  CHECK(same_pixels(*decoded, upright));
}

TEST_CASE("A JPEG comes out upright from each of the eight orientations", "[nodes]") {
  const int orientation = GENERATE(range(1, 9));
  const bool progressive = GENERATE(false, true);
  const Image upright = quadrants({64, 48});
  imaging::EncodeOptions options = kBest;
  options.progressive = progressive;
  const Bytes file =
      with_orientation(jpeg_file(stored_for(upright, orientation), options), orientation);
  const auto decoded = NodeRunner("{type: decode}").run(file);
  REQUIRE(decoded);
  REQUIRE(decoded->size() == upright.size());
  CHECK(difference(*decoded, upright) < 2);
}

TEST_CASE("An image that is shrunk on load comes out upright as well", "[nodes]") {
  const int orientation = GENERATE(range(1, 9));
  const Image upright = quadrants({645, 483});
  const Bytes file =
      with_orientation(jpeg_file(stored_for(upright, orientation), kBest), orientation);
  const Image small = picture(convert(
      file, {"{type: decode}", "{type: resize, width: 40}", "{type: encode, format: png}"}));
  REQUIRE(small.size() == Size{40, 30});
  CHECK(difference(small, quadrants({40, 30})) < 6);
}

TEST_CASE("The tag of the orientation is gone from the output", "[nodes]") {
  const std::string format = GENERATE("jpeg", "png");
  const Image upright = quadrants({64, 48});
  for (const Bytes& stored :
       {jpeg_file(stored_for(upright, 6)), png_file(stored_for(upright, 6))}) {
    const Bytes file = with_orientation(stored, 6);
    REQUIRE(facts_of(file).orientation == 6);
    const Bytes output =
        convert(file, {"{type: decode}", "{type: encode, format: " + format + "}"});
    CHECK(facts_of(output).orientation == 1);
    CHECK(count_parts(output, "APP1") == 0);
    CHECK(count_parts(output, "eXIf") == 0);
    CHECK(picture(output).size() == Size{64, 48});
  }
}

TEST_CASE("An orientation that does not exist is none", "[nodes]") {
  const int orientation = GENERATE(0, 9, 77);
  const Image upright = noise({37, 23}, {3, 8}, 1);
  const auto decoded =
      NodeRunner("{type: decode}").run(with_orientation(png_file(upright), orientation));
  REQUIRE(decoded);
  CHECK(same_pixels(*decoded, upright));
}
