#include "nodes/imaging/codec/png/png.h"

#include <vector>

#include <zlib.h>

#include "tests/imaging/codec/png_files.h"
#include "tests/imaging/pictures.h"
#include "tests/support/catch.h"

using namespace imagemill::imaging;
using namespace imagemill::imaging::testing;

namespace {

Bytes encode(const Image& image, int level = 6) {
  return encode_png(image, {.level = level}).value();
}

// A chunk as it should be.
Bytes with_checksum(std::string_view type, const Bytes& data) {
  Bytes whole = bytes_of(type);
  whole.insert(whole.end(), data.begin(), data.end());
  return png_chunk(
      type, data,
      static_cast<std::uint32_t>(crc32(0, whole.data(), static_cast<uInt>(whole.size()))));
}

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
  // zlib's checksum and the chunk's, and the IEND chunk, come after the rows.
  constexpr std::size_t kAfterRows = 4 + 4 + 12;
  for (std::size_t bytes = 8; bytes < file.size() - kAfterRows; ++bytes) {
    const auto decoded = decode_png(std::span(file).first(bytes), {});
    REQUIRE_FALSE(decoded);
    REQUIRE(decoded.error().code == "truncated");
  }
  CHECK(decode_png(std::span(file).first(7), {}).error().code == "not_an_image");
}

TEST_CASE("A PNG whose rows are all there is a picture", "[imaging]") {
  const Image image = noise({19, 13}, {3, 8}, 2);
  std::vector<Bytes> rows(13);
  for (int y = 0; y < 13; ++y) rows[y].assign(image.row(y), image.row(y) + 57);
  const bool interlaced = GENERATE(false, true);
  const Bytes file = plain_png({19, 13}, {PNG_COLOR_TYPE_RGB, 8, interlaced}, rows);
  const auto is_whole = [&](const Bytes& other) {
    const auto decoded = decode_png(other, {});
    return decoded && same_pixels(*decoded, image);
  };
  constexpr std::size_t kIend = 12;
  for (std::size_t missing = 0; missing <= kIend + 4; ++missing) {
    CHECK(is_whole(Bytes(file.begin(), file.end() - static_cast<std::ptrdiff_t>(missing))));
  }
  Bytes garbled = file;
  std::fill(garbled.end() - kIend, garbled.end(), 0x77);
  CHECK(is_whole(garbled));
  // The data of its rows is still checked.
  Bytes wrong = file;
  wrong[wrong.size() - kIend - 1] ^= 1;
  CHECK(decode_png(wrong, {}).error().code == "corrupt");
}

TEST_CASE("A chunk that is only skipped may have any length", "[imaging]") {
  const Image image = gradient({4, 4}, {3, 8});
  const Bytes file = with_inserted(encode(image), kAfterIhdr,
                                   png_chunk("iTXt", Bytes(9'000'000, std::uint8_t{'x'})));
  REQUIRE(read_header(file, {}).value());
  CHECK(same_pixels(decode_png(file, {}).value(), image));
}

TEST_CASE("A header is read without holding what is skipped", "[imaging]") {
  const Bytes file = encode(gradient({4, 4}, {3, 8}));
  Bytes exif = png_chunk("eXIf", exif_block(6));
  Bytes long_file = with_inserted(file, kAfterIhdr, exif);
  for (const std::size_t bytes : {5u, 40'000u, 300'000u}) {
    long_file = with_inserted(long_file, kAfterIhdr, png_chunk("tEXt", Bytes(bytes, 1)));
  }
  for (const std::size_t piece : {1u, 7u, 1000u, 50'000u}) {
    Bytes head;
    std::size_t most = 0;
    std::size_t at = 0;
    std::optional<Header> header;
    while (!header) {
      REQUIRE(at < long_file.size());
      const std::size_t next =
          std::min(at + std::max<std::size_t>(piece, 33 * (at == 0)), long_file.size());
      head.insert(head.end(), long_file.begin() + static_cast<std::ptrdiff_t>(at),
                  long_file.begin() + static_cast<std::ptrdiff_t>(next));
      at = next;
      most = std::max(most, head.size());
      header = read_header(head, {}).value();
      if (!header) at += drop_unread(head);
    }
    CHECK(header->orientation == 6);
    CHECK(most < 200 + 2 * piece);
  }
}

TEST_CASE("A PNG's header and its decoder agree on transparency", "[imaging]") {
  const png_color palette[] = {{10, 20, 30}, {40, 50, 60}};
  const int colour = GENERATE(PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_RGB, PNG_COLOR_TYPE_PALETTE,
                              PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB_ALPHA);
  const int bits = colour == PNG_COLOR_TYPE_PALETTE ? 8 : GENERATE(8, 16);
  const bool interlaced = GENERATE(false, true);
  const int samples[] = {1, 0, 3, 1, 2, 0, 4};
  const Bytes row(static_cast<std::size_t>(2 * samples[colour] * bits / 8), std::uint8_t{0});
  const Bytes file = plain_png(
      {2, 2}, {colour, bits, interlaced}, {row, row}, [&](png_structp png, png_infop info) {
        if (colour == PNG_COLOR_TYPE_PALETTE || colour == PNG_COLOR_TYPE_RGB) {
          png_set_PLTE(png, info, palette, 2);
        }
      });
  const auto is_agreed = [](const Bytes& other) {
    const auto header = read_header(other, {});
    const auto decoded = decode_png(other, {});
    if (!decoded) return true;
    return header && *header && (*header)->pixels == decoded->format() &&
           (*header)->size == decoded->size();
  };
  const auto find = [&](std::string_view type) {
    return static_cast<std::size_t>(
        std::search(file.begin(), file.end(), type.begin(), type.end()) - file.begin() - 4);
  };
  std::vector<std::size_t> places = {kAfterIhdr, find("IDAT"), file.size() - 12, file.size()};
  int with_alpha = 0;
  for (std::size_t bytes = 0; bytes <= 9; ++bytes) {
    for (const int value : {0, 1, 255}) {
      const Bytes good = with_checksum("tRNS", Bytes(bytes, static_cast<std::uint8_t>(value)));
      Bytes bad = good;
      bad.back() ^= 1;
      for (const Bytes& chunk : {good, bad}) {
        for (const std::size_t at : places) {
          CAPTURE(colour, bits, bytes, value, at, chunk == bad);
          const Bytes once = with_inserted(file, at, chunk);
          REQUIRE(is_agreed(once));
          if (const auto decoded = decode_png(once, {}))
            with_alpha += decoded->format().has_alpha();
          REQUIRE(is_agreed(with_inserted(once, at, chunk)));
          REQUIRE(is_agreed(with_inserted(once, kAfterIhdr, good)));
        }
      }
    }
  }
  CHECK(with_alpha > 0);
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
  const auto with_length = [&](std::string_view type, std::uint8_t first) {
    Bytes chunk = png_chunk(type, {});
    chunk[0] = first;
    return with_inserted(file, kAfterIhdr, chunk);
  };
  CHECK_FALSE(read_header(with_length("tEXt", 0x7F), {}).value());
  CHECK(decode_png(with_length("tEXt", 0x7F), {}).error().code == "truncated");
  for (const Bytes& other : {with_length("tEXt", 0x80), with_length("iCCP", 0x7F)}) {
    CHECK(read_header(other, {}).error().code == "corrupt");
    CHECK(decode_png(other, {}).error().code == "corrupt");
  }
}

TEST_CASE("The PNG encoder's memory is bounded for the worst of pictures", "[imaging]") {
  const PixelFormat format = GENERATE(PixelFormat{1, 8}, PixelFormat{4, 16});
  const Image image = noise({300, 200}, format, 3);
  for (const int level : {0, 9}) {
    CHECK(encode(image, level).size() < png_bounds(image.size(), format, {}, 0).file);
  }
}

TEST_CASE("A picture that PNG cannot hold is unsupported", "[imaging]") {
  CHECK(encode_png(Image({1'000'001, 1}, {1, 8}), {}).error().code == "unsupported");
}
