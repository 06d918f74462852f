// decode: limits, sample depths and colour spaces.
#include "tests/imaging/codec/jpeg_files.h"
#include "tests/support/catch.h"
#include "tests/support/graph_runner.h"
#include "tests/support/node_runner.h"

using namespace imagemill;
using namespace imagemill::testing;

namespace {

const imaging::EncodeOptions kProgressive{85, imaging::Subsampling::s420, true};

std::string error_of(const std::string& node, const Bytes& file) {
  const auto decoded = NodeRunner(node).run(file);
  return decoded ? "none" : std::string(decoded.error().code);
}

}  // namespace

TEST_CASE("An image of more than max_pixels fails before it is decoded", "[nodes]") {
  const Bytes file =
      GENERATE(jpeg_file(gradient({40, 30}, {3, 8})), png_file(gradient({40, 30}, {3, 8})));
  CHECK(error_of("{type: decode, max_pixels: 1200}", file) == "none");
  const auto planned = NodeRunner("{type: decode, max_pixels: 1199}").plan(facts_of(file));
  REQUIRE_FALSE(planned);
  CHECK(planned.error().code == "too_many_pixels");
  CHECK(planned.error().message == "40 × 30 pixels are more than max_pixels (1199)");
}

TEST_CASE("A header that claims an enormous picture fails by default", "[nodes]") {
  const Bytes file = with_jpeg_size(jpeg_file(gradient({8, 8}, {3, 8})), 65500, 65500);
  const Outputs outputs =
      run_graph(chain({"{type: decode}", "{type: encode}"}), {{"bomb.jpg", file}});
  CHECK(outputs.failures ==
        std::map<std::string, std::string>{{"bomb.jpg", "node0: too_many_pixels"}});
  CHECK(outputs.report.largest_item_bytes == 0);
}

TEST_CASE("A progressive JPEG of more than max_scans fails", "[nodes]") {
  const Bytes hostile = many_scans_jpeg();
  CHECK(error_of("{type: decode}", hostile) == "too_many_scans");
  CHECK(error_of("{type: decode, max_scans: 1000}", hostile) == "none");
  const Bytes usual = jpeg_file(gradient({40, 30}, {3, 8}), kProgressive);
  CHECK(error_of("{type: decode}", usual) == "none");
  CHECK(error_of("{type: decode, max_scans: 10}", usual) == "none");
  CHECK(error_of("{type: decode, max_scans: 9}", usual) == "too_many_scans");
}

TEST_CASE("A file that is larger than its header said when it was admitted fails", "[nodes]") {
  const NodeRunner decode("{type: decode}");
  const auto code_of = [&](const Bytes& planned_for, const Bytes& file) {
    const auto plan = decode.plan(facts_of(planned_for));
    const auto scratch = decode.node().make_scratch();
    const auto decoded = decode.process(encoded(file), plan.value(), scratch->get());
    return decoded ? "none" : decoded.error().code;
  };
  const Image image = gradient({40, 30}, {3, 8});
  const Image larger = gradient({400, 300}, {3, 8});
  CHECK(code_of(jpeg_file(image), jpeg_file(larger)) == "too_many_pixels");
  CHECK(code_of(png_file(image), png_file(larger)) == "too_many_pixels");
  // So does one of another format, whose memory was not planned.
  CHECK(code_of(jpeg_file(image), png_file(image)) == "not_an_image");
}

TEST_CASE("A file of no picture is refused when it is planned", "[nodes]") {
  const auto plan =
      NodeRunner("{type: decode}").plan({.width = 4, .height = 4, .channels = 3, .format = "dzi"});
  REQUIRE_FALSE(plan);
  CHECK(plan.error().code == "not_an_image");
}

TEST_CASE("Damaged files fail and the next is decoded as if nothing had been", "[nodes]") {
  const Image image = noise({60, 40}, {3, 8}, 1);
  NodeRunner decode("{type: decode}");
  const Bytes jpeg = jpeg_file(image);
  const Bytes png = png_file(image);
  for (const Bytes& whole : {jpeg, png, jpeg_file(image, kProgressive)}) {
    const Bytes cut(whole.begin(), whole.end() - static_cast<std::ptrdiff_t>(whole.size() / 3));
    const auto decoded = decode.run(cut);
    REQUIRE_FALSE(decoded);
    CHECK(decoded.error().code == "truncated");
    const auto next = decode.run(png);
    REQUIRE(next);
    CHECK(same_pixels(*next, image));
  }
}

TEST_CASE("16 bits are rounded to 8, or kept", "[nodes]") {
  const PixelFormat format{GENERATE(1, 2, 3, 4), 16};
  const Image deep = paint({256, 8}, format, [](int x, int y, int c) {
    return (x * 257 + (y - 4) * 40 + c * 3000) & 0xFFFF;
  });
  const Bytes file = png_file(deep);
  const auto kept = NodeRunner("{type: decode, depth: keep}").run(file);
  REQUIRE(kept);
  CHECK(same_pixels(*kept, deep));
  const auto rounded = NodeRunner("{type: decode}").run(file);
  REQUIRE(rounded);
  CHECK(same_pixels(*rounded, paint({256, 8}, {format.channels, 8}, [&](int x, int y, int c) {
    return static_cast<int>(std::lround(sample(deep, x, y, c) * 255.0 / 65535.0));
  })));
}

TEST_CASE("Keeping the depth changes nothing where it is 8", "[nodes]") {
  const Image image = noise({20, 10}, {3, 8}, 1);
  const auto decoded = NodeRunner("{type: decode, depth: keep}").run(png_file(image));
  REQUIRE(decoded);
  CHECK(same_pixels(*decoded, image));
}

TEST_CASE("CMYK and YCCK become RGB without a profile", "[nodes]") {
  const bool ycck = GENERATE(false, true);
  for (const Bytes& profile : {Bytes(), black_only_profile()}) {
    const auto decoded =
        NodeRunner("{type: decode}").run(cmyk_jpeg({200, 100, 50, 128}, ycck, profile));
    REQUIRE(decoded);
    CHECK(decoded->format() == PixelFormat{3, 8});
    CHECK_FALSE(decoded->icc());
    // Adobe's CMYK is inverted: R = C·K/255. The profile knows only black: L* 50 is 119 in sRGB.
    const int expected[3] = {100, 50, 25};
    for (int c = 0; c < 3; ++c)
      CHECK(sample(*decoded, 7, 7, c) == Approx(profile.empty() ? expected[c] : 119).margin(4));
  }
}

TEST_CASE("Gray stays gray, palettes become colours, interlacing does not show", "[nodes]") {
  NodeRunner decode("{type: decode}");
  const Image gray = noise({31, 17}, {1, 8}, 1);
  CHECK(same_pixels(decode.run(png_file(gray)).value(), gray));
  CHECK(decode.run(jpeg_file(gray)).value().format() == PixelFormat{1, 8});

  const Image palette = decode.run(palette_png()).value();
  CHECK(palette.format() == PixelFormat{3, 8});
  CHECK(sample(palette, 3, 2, 0) == 200);
  CHECK(sample(palette, 3, 12, 2) == 230);

  const Image coloured = noise({31, 17}, {4, 8}, 1);
  CHECK(same_pixels(decode.run(interlaced_png(coloured)).value(), coloured));
}

TEST_CASE("A profile that does not fit the pixels is dropped", "[nodes]") {
  const Image gray = with_profile(gradient({20, 20}, {1, 8}), rgb_profile());
  const auto decoded = NodeRunner("{type: decode}").run(jpeg_file(gray));
  REQUIRE(decoded);
  CHECK_FALSE(decoded->icc());
}
