// decode: how far a JPEG is shrunk while it is decoded, as what follows demands.
#include <algorithm>

#include "tests/support/catch.h"
#include "tests/support/graph_runner.h"
#include "tests/support/node_runner.h"

using namespace imagemill;
using namespace imagemill::testing;

namespace {

// The width in pixels that the graph's decode plans for an image of this size.
std::int64_t decoded_width(const std::string& nodes, Size size = {1600, 1200},
                           std::string_view format = "jpeg", int orientation = 1) {
  const auto loaded = parse_graph("imagemill: 1\nnodes:\n  read: {type: read}\n" + nodes, "test");
  REQUIRE(loaded);
  const Facts facts{.width = size.width,
                    .height = size.height,
                    .pixel_width = size.width,
                    .pixel_height = size.height,
                    .channels = 3,
                    .bits = 8,
                    .orientation = orientation,
                    .format = format,
                    .extension = "jpg",
                    .bytes = 100'000,
                    .codec_bytes = 100'000};
  const auto plans = loaded->graph.plan({.index = 0, .key = "a.jpg", .facts = facts});
  REQUIRE(plans);
  CHECK((*plans)[1].plan.out.width == size.width);  // what the user sees does not shrink
  return (*plans)[1].plan.out.pixel_width;
}

// decode, and after it a branch for each of these boxes. Fewer than ten.
std::string branches(const std::vector<std::string>& resizes,
                     const std::string& decode = "{type: decode, in: read}") {
  std::string yaml = "  decode: " + decode + "\n";
  for (std::size_t i = 0; i < resizes.size(); ++i) {
    std::string branch = R"(  resize#: {type: resize, in: decode, BOX}
  encode#: {type: encode, in: resize#}
  write#:  {type: write, in: encode#, path: "{stem}-#.{ext}"}
)";
    branch.replace(branch.find("BOX"), 3, resizes[i]);
    std::replace(branch.begin(), branch.end(), '#', static_cast<char>('0' + i));
    yaml += branch;
  }
  return yaml;
}

}  // namespace

TEST_CASE("A decode keeps at least twice the size that a resize needs", "[nodes]") {
  CHECK(decoded_width(branches({"width: 100"})) == 200);
  CHECK(decoded_width(branches({"width: 101"})) == 400);
  CHECK(decoded_width(branches({"width: 200"})) == 400);
  CHECK(decoded_width(branches({"width: 201"})) == 800);
  CHECK(decoded_width(branches({"width: 400"})) == 800);
  CHECK(decoded_width(branches({"width: 401"})) == 1600);
  CHECK(decoded_width(branches({"width: 3000"})) == 1600);
  CHECK(decoded_width(branches({"width: 25%"})) == 800);
}

TEST_CASE("Each side that a resize needs counts", "[nodes]") {
  CHECK(decoded_width(branches({"width: 50, height: 50, fit: inside"})) == 200);
  CHECK(decoded_width(branches({"width: 50, height: 200, fit: fill"})) == 800);
  CHECK(decoded_width(branches({"width: 200, height: 50, fit: fill"})) == 400);
  // A crop counts only with the part that is kept.
  CHECK(decoded_width(branches({"width: 100, height: 100, fit: cover"})) == 400);
  CHECK(decoded_width(branches({"width: 100, height: 100, fit: contain"})) == 200);
  CHECK(decoded_width(branches({"width: 100, height: 100, fit: outside"})) == 400);
}

TEST_CASE("The branch that needs most decides", "[nodes]") {
  CHECK(decoded_width(branches({"width: 100", "width: 50"})) == 200);
  CHECK(decoded_width(branches({"width: 100", "width: 300"})) == 800);
  CHECK(decoded_width(branches({"width: 100"}) +
                      "  mark: {type: watermark, in: decode, text: x}\n"
                      "  encode: {type: encode, in: mark}\n  write: {type: write, in: encode}\n") ==
        1600);
}

TEST_CASE("What comes before a resize and works on pixels gets all of them", "[nodes]") {
  CHECK(decoded_width(
            "  decode: {type: decode, in: read}\n  mark: {type: watermark, in: decode, text: x}\n"
            "  resize: {type: resize, in: mark, width: 100}\n  encode: {type: encode, in: resize}\n"
            "  write: {type: write, in: encode}\n") == 1600);
  CHECK(decoded_width("  decode: {type: decode, in: read}\n  encode: {type: encode, in: decode}\n"
                      "  write: {type: write, in: encode}\n") == 1600);
}

TEST_CASE("Sides that do not divide are rounded up, and turned with the image", "[nodes]") {
  CHECK(decoded_width(branches({"width: 100"}), {1601, 1201}) == 201);
  CHECK(decoded_width(branches({"width: 100"}), {1200, 1600}, "jpeg", 6) == 300);
  CHECK(decoded_width(branches({"width: 1"}), {5, 5}) == 3);
}

TEST_CASE("Shrinking can be switched off, and a PNG has none", "[nodes]") {
  CHECK(decoded_width(
            branches({"width: 100"}, "{type: decode, in: read, shrink_on_load: false}")) == 1600);
  CHECK(decoded_width(branches({"width: 100"}), {1600, 1200}, "png") == 1600);
}

TEST_CASE("An image that was shrunk on load is resized as if it had not been", "[nodes]") {
  const Image original = gradient({801, 603}, {3, 8});
  const Bytes file = jpeg_file(original, {95, imaging::Subsampling::s444, false});
  for (const char* resize :
       {"width: 10%", "width: 50, height: 50, fit: cover", "width: 60, height: 20, fit: fill",
        "height: 33", "width: 90, height: 90, fit: contain",
        "width: 20%, height: 20%, fit: outside"}) {
    INFO(resize);
    const auto resized = [&](const std::string& decode) {
      return picture(convert(file, {decode, "{type: resize, " + std::string(resize) + "}",
                                    "{type: encode, format: png}"}));
    };
    const Image shrunk = resized("{type: decode}");
    const Image whole = resized("{type: decode, shrink_on_load: false}");
    REQUIRE(shrunk.size() == whole.size());
    CHECK(difference(shrunk, whole) < 1.0);
    CHECK_FALSE(same_pixels(shrunk, whole));  // or it was not shrunk at all
  }
}
