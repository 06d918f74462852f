// Pixels and their metadata through whole graphs, from file to file.
#include "tests/imaging/codec/jpeg_files.h"
#include "tests/support/catch.h"
#include "tests/support/graph_runner.h"

using namespace imagemill;
using namespace imagemill::testing;

namespace {

std::vector<int> colour_of(const Bytes& file) {
  const Image image = picture(file);
  std::vector<int> samples;
  for (int c = 0; c < image.format().channels; ++c)
    samples.push_back(sample(image, image.width() / 2, image.height() / 2, c));
  return samples;
}

bool close(const std::vector<int>& a, const std::vector<int>& b, int tolerance) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::abs(a[i] - b[i]) > tolerance) return false;
  }
  return true;
}

Image even(PixelFormat format, const std::vector<int>& samples) {
  return paint({32, 32}, format,
               [&](int, int, int c) { return samples[static_cast<std::size_t>(c)]; });
}

const char* const kDecode = "{type: decode}";
const char* const kResize = "{type: resize, width: 16}";
const char* const kJpeg = "{type: encode, format: jpeg, quality: 95}";
const char* const kPng = "{type: encode, format: png}";

}  // namespace

TEST_CASE("Transparency becomes white in a JPEG and stays in a PNG", "[nodes]") {
  const Bytes clear = png_file(even({4, 8}, {200, 0, 0, 0}));
  CHECK(close(colour_of(convert(clear, {kDecode, kResize, kJpeg})), {255, 255, 255}, 1));
  CHECK(colour_of(convert(clear, {kDecode, kResize, kPng})).at(3) == 0);
  const Bytes half = png_file(even({4, 8}, {200, 0, 0, 128}));
  CHECK(close(colour_of(convert(half, {kDecode, kResize, kJpeg})), {227, 127, 127}, 3));
  CHECK(colour_of(convert(half, {kDecode, kResize, kPng})) == std::vector<int>{200, 0, 0, 128});
}

TEST_CASE("A profile of RGB or gray arrives byte for byte", "[nodes]") {
  const Bytes colour_profile = rgb_profile();
  const Bytes gray = gray_profile();
  const Image photo = with_profile(gradient({32, 32}, {3, 8}), colour_profile);
  const Image gray_photo = with_profile(gradient({32, 32}, {1, 8}), gray);
  for (const char* format : {kJpeg, kPng}) {
    for (const Bytes& file : {jpeg_file(photo), png_file(photo),
                              png_file(with_profile(gradient({32, 32}, {4, 8}), colour_profile))}) {
      const Image out =
          picture(convert(file, {kDecode, kResize, "{type: watermark, text: x}", format}));
      REQUIRE(out.icc());
      CHECK(*out.icc() == colour_profile);
    }
    for (const Bytes& file : {jpeg_file(gray_photo), png_file(gray_photo)}) {
      const Image out =
          picture(convert(file, {kDecode, kResize, "{type: watermark, text: x}", format}));
      CHECK(out.format().channels == 1);
      REQUIRE(out.icc());
      CHECK(*out.icc() == gray);
    }
  }
}

TEST_CASE("A profile survives a decode that shrinks or turns", "[nodes]") {
  const Image photo = with_profile(gradient({640, 320}, {3, 8}), rgb_profile());
  const Image out =
      picture(convert(with_orientation(jpeg_file(photo), 6), {kDecode, kResize, kJpeg}));
  CHECK(out.size() == Size{16, 32});
  REQUIRE(out.icc());
  CHECK(*out.icc() == rgb_profile());
}

TEST_CASE("A gray image with a profile becomes sRGB where colour is drawn on it", "[nodes]") {
  const Bytes file = png_file(with_profile(even({1, 8}, {128}), gray_profile()));
  const Bytes out =
      convert(file, {kDecode, "{type: watermark, text: x, size: 4, color: '#ff0000'}", kPng});
  CHECK_FALSE(picture(out).icc());
  // Gray of gamma 1.8, as sRGB has it: 0.5^1.8 = 0.287 of the light, which is 146.
  CHECK(close(colour_of(out), {146, 146, 146}, 2));
}

TEST_CASE("CMYK becomes sRGB and its profile is not carried", "[nodes]") {
  const bool ycck = GENERATE(false, true);
  const Bytes plain = convert(cmyk_jpeg({200, 100, 50, 128}, ycck, {}), {kDecode, kPng});
  CHECK(close(colour_of(plain), {100, 50, 25}, 3));
  CHECK_FALSE(picture(plain).icc());
  const Bytes profiled =
      convert(cmyk_jpeg({200, 100, 50, 128}, ycck, black_only_profile()), {kDecode, kPng});
  CHECK(close(colour_of(profiled), {119, 119, 119}, 4));
  CHECK_FALSE(picture(profiled).icc());
}

TEST_CASE("16 bits become 8 by rounding unless the graph keeps them", "[nodes]") {
  const Bytes file = png_file(even({3, 16}, {100 * 257 + 128, 100 * 257 + 129, 40000}));
  const Bytes rounded = convert(file, {kDecode, kPng});
  CHECK(picture(rounded).format() == PixelFormat{3, 8});
  CHECK(colour_of(rounded) == std::vector<int>{100, 101, 156});
  const Bytes kept = convert(file, {"{type: decode, depth: keep}", kResize, kPng});
  CHECK(picture(kept).format() == PixelFormat{3, 16});
  CHECK(colour_of(kept) == std::vector<int>{100 * 257 + 128, 100 * 257 + 129, 40000});
  CHECK(
      close(colour_of(convert(file, {"{type: decode, depth: keep}", kJpeg})), {100, 101, 156}, 2));
}

TEST_CASE("No metadata reaches an output", "[nodes]") {
  Bytes jpeg = jpeg_file(gradient({32, 32}, {3, 8}));
  jpeg = with_inserted(
      jpeg, 2,
      jpeg_marker(0xE1, std::string_view("http://ns.adobe.com/xap/1.0/\0", 29), bytes_of("<x/>")));
  jpeg = with_inserted(
      jpeg, 2, jpeg_marker(0xED, std::string_view("Photoshop 3.0\0", 14), bytes_of("8BIM")));
  jpeg = with_inserted(jpeg, 2, jpeg_marker(0xFE, "", bytes_of("a comment")));
  jpeg = with_orientation(jpeg, 3);
  REQUIRE(count_parts(jpeg, "APP1") == 2);

  // The checksums of these chunks are right: IDAT must be reached by a decoder that looks at them.
  Bytes png = with_orientation(png_file(gradient({32, 32}, {3, 8})), 3);
  png = with_inserted(png, kAfterIhdr, png_chunk("tEXt", bytes_of("Key"), 0xDEC892C8));

  for (const Bytes& file : {jpeg, png}) {
    for (const std::string& part : parts_of(convert(file, {kDecode, kResize, kJpeg}))) {
      INFO(part);
      CHECK((part == "APP0" || part == "DQT" || part == "SOF0" || part == "DHT" || part == "SOS"));
    }
    for (const std::string& part : parts_of(convert(file, {kDecode, kResize, kPng}))) {
      INFO(part);
      CHECK((part == "IHDR" || part == "IDAT" || part == "IEND"));
    }
  }
}

TEST_CASE("An image of one pixel passes every node", "[nodes]") {
  for (const char* format : {kJpeg, kPng}) {
    const Bytes out = convert(png_file(even({3, 8}, {10, 200, 30})),
                              {kDecode, "{type: resize, width: 1, height: 1, fit: fill}",
                               "{type: watermark, text: x, opacity: 0}", format});
    CHECK(picture(out).size() == Size{1, 1});
    CHECK(close(colour_of(out), {10, 200, 30}, 4));
  }
}
