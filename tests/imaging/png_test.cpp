#include "nodes/imaging/png.h"

#include <vector>

#include "tests/imaging/pictures.h"
#include "tests/imaging/png_files.h"
#include "tests/support/catch.h"

using namespace imagemill::imaging;
using namespace imagemill::imaging::testing;

namespace {

Bytes encode(const Image& image, int level = 6) { return encode_png(image, {level}).value(); }

}  // namespace

TEST_CASE("A PNG round trip keeps every sample of every format", "[imaging]") {
  const int channels = GENERATE(1, 2, 3, 4);
  const int bits = GENERATE(8, 16);
  const int level = GENERATE(0, 1, 6, 9);
  const Image image = noise({37, 29}, {channels, bits}, 5);
  const Bytes file = encode(image, level);
  const auto decoded = decode_png(file, {});
  REQUIRE(decoded);
  CHECK(same_pixels(*decoded, image));
  CHECK(file == encode(image, level));
  CHECK(file.capacity() == file.size());
}

TEST_CASE("Samples of fewer than 8 bits are spread over 8", "[imaging]") {
  const Bytes row = {0b00'01'10'11};
  const auto decoded = decode_png(plain_png({4, 1}, {PNG_COLOR_TYPE_GRAY, 2, false}, {row}), {});
  REQUIRE(decoded);
  CHECK(same_pixels(*decoded, paint({4, 1}, {1, 8}, [](int x, int, int) { return 85 * x; })));
}

TEST_CASE("A palette becomes RGB, and RGBA where it has transparency", "[imaging]") {
  const bool transparency = GENERATE(false, true);
  const png_color palette[] = {{10, 20, 30}, {40, 50, 60}};
  const png_byte alpha[] = {70};
  const Bytes file = plain_png({2, 1}, {PNG_COLOR_TYPE_PALETTE, 1, false}, {{0b01'000000}},
                               [&](png_structp png, png_infop info) {
                                 png_set_PLTE(png, info, palette, 2);
                                 if (transparency) png_set_tRNS(png, info, alpha, 1, nullptr);
                               });
  const auto decoded = decode_png(file, {});
  REQUIRE(decoded);
  REQUIRE(decoded->format() == PixelFormat{transparency ? 4 : 3, 8});
  CHECK((**read_header(file, {})).pixels == decoded->format());
  const int expected[] = {10, 20, 30, 70, 40, 50, 60, 255};
  CHECK(same_pixels(*decoded, paint({2, 1}, decoded->format(),
                                    [&](int x, int, int c) { return expected[4 * x + c]; })));
}

TEST_CASE("A transparent gray becomes an alpha channel", "[imaging]") {
  png_color_16 transparent{};
  transparent.gray = 7;
  const Bytes file = plain_png(
      {2, 1}, {PNG_COLOR_TYPE_GRAY, 8, false}, {{7, 8}},
      [&](png_structp png, png_infop info) { png_set_tRNS(png, info, nullptr, 0, &transparent); });
  const auto decoded = decode_png(file, {});
  REQUIRE(decoded);
  const int expected[] = {7, 0, 8, 255};
  CHECK(same_pixels(*decoded,
                    paint({2, 1}, {2, 8}, [&](int x, int, int c) { return expected[2 * x + c]; })));
}

TEST_CASE("An interlaced PNG has the same pixels", "[imaging]") {
  const Image image = noise({19, 13}, {3, 8}, 2);
  std::vector<Bytes> rows(13);
  for (int y = 0; y < 13; ++y) rows[y].assign(image.row(y), image.row(y) + 57);
  const Bytes file = plain_png({19, 13}, {PNG_COLOR_TYPE_RGB, 8, true}, rows);
  CHECK((**read_header(file, {})).multi_pass);
  const auto decoded = decode_png(file, {});
  REQUIRE(decoded);
  CHECK(same_pixels(*decoded, image));
}

TEST_CASE("A PNG cut short is truncated, wherever it is cut", "[imaging]") {
  const Bytes file = encode(noise({20, 20}, {4, 8}, 1));
  for (std::size_t bytes = 8; bytes < file.size(); ++bytes) {
    const auto decoded = decode_png(std::span(file).first(bytes), {});
    REQUIRE_FALSE(decoded);
    REQUIRE(decoded.error().code == "truncated");
  }
  CHECK(decode_png(std::span(file).first(7), {}).error().code == "not_an_image");
}

TEST_CASE("A PNG with a flipped bit in its pixels is corrupt", "[imaging]") {
  Bytes file = encode(noise({20, 20}, {3, 8}, 1));
  file[file.size() / 2] ^= 0x10;
  CHECK(decode_png(file, {}).error().code == "corrupt");
}

TEST_CASE("Damaged PNGs decode or fault", "[imaging]") {
  const png_color palette[] = {{10, 20, 30}, {40, 50, 60}};
  const Bytes files[] = {
      encode(noise({12, 12}, {4, 16}, 1)),
      plain_png({2, 1}, {PNG_COLOR_TYPE_PALETTE, 1, true}, {{0b01'000000}},
                [&](png_structp png, png_infop info) { png_set_PLTE(png, info, palette, 2); })};
  std::mt19937 random(13);
  DecodeLimits limits;
  limits.max_pixels = 1 << 20;
  for (int i = 0; i < 2000; ++i) {
    const Bytes damaged = mutated(files[i % 2], 8, random);
    const auto header = read_header(damaged, limits);
    const auto decoded = decode_png(damaged, limits);
    if (decoded) {
      REQUIRE(header);
      REQUIRE(*header);
      REQUIRE(decoded->size() == (*header)->size);
    }
  }
}

TEST_CASE("A chunk longer than the file can be is refused", "[imaging]") {
  const Bytes file = encode(gradient({4, 4}, {3, 8}));
  Bytes chunk = png_chunk("tEXt", {});
  chunk[0] = 0x7F;
  CHECK(read_header(with_inserted(file, kAfterIhdr, chunk), {}).error().code == "corrupt");
  CHECK(decode_png(with_inserted(file, kAfterIhdr, chunk), {}).error().code == "corrupt");
}

TEST_CASE("The PNG encoder's memory is bounded for the worst of pictures", "[imaging]") {
  const PixelFormat format = GENERATE(PixelFormat{1, 8}, PixelFormat{4, 16});
  const Image image = noise({300, 200}, format, 3);
  for (const int level : {0, 9}) {
    CHECK(encode(image, level).size() < png_output_bound(image.size(), format));
  }
}

TEST_CASE("A picture that PNG cannot hold is unsupported", "[imaging]") {
  CHECK(encode_png(Image({1'000'001, 1}, {1, 8}), {}).error().code == "unsupported");
}
