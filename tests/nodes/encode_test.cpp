// encode: what its parameters do to the file.
#include "tests/support/catch.h"
#include "tests/support/node_runner.h"

using namespace imagemill;
using namespace imagemill::testing;

namespace {

Bytes encoded_as(const Image& image, const std::string& parameters) {
  return NodeRunner("{type: encode, " + parameters + "}").encode(image).value();
}

Image photo() { return gradient({120, 80}, {3, 8}); }

// The one colour of a picture.
std::vector<int> colour_of(const Image& image) {
  std::vector<int> samples;
  for (int c = 0; c < image.format().channels; ++c) samples.push_back(sample(image, 4, 4, c));
  return samples;
}

Image even(PixelFormat format, const std::vector<int>& samples) {
  return paint({8, 8}, format,
               [&](int, int, int c) { return samples[static_cast<std::size_t>(c)]; });
}

bool close(const std::vector<int>& a, const std::vector<int>& b, int tolerance) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::abs(a[i] - b[i]) > tolerance) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("More quality is more bytes and less loss", "[nodes]") {
  std::size_t bytes = 0;
  double loss = 100;
  for (const int quality : {5, 40, 85, 100}) {
    const Bytes file = encoded_as(photo(), "quality: " + std::to_string(quality));
    CHECK(file.size() > bytes);
    CHECK(difference(picture(file), photo()) < loss);
    bytes = file.size();
    loss = difference(picture(file), photo());
  }
  CHECK(NodeRunner("{type: encode}").encode(photo()).value() ==
        encoded_as(photo(), "format: jpeg, quality: 85, subsampling: 4:2:0"));
}

TEST_CASE("Chroma has the resolution that was asked for", "[nodes]") {
  const auto luma_sampling = [](const Bytes& file) { return file[find_marker(file, 0xC0) + 11]; };
  CHECK(luma_sampling(encoded_as(photo(), "quality: 85")) == 0x22);
  CHECK(luma_sampling(encoded_as(photo(), "subsampling: 4:2:0")) == 0x22);
  CHECK(luma_sampling(encoded_as(photo(), "subsampling: 4:2:2")) == 0x21);
  CHECK(luma_sampling(encoded_as(photo(), "subsampling: 4:4:4")) == 0x11);
}

TEST_CASE("Progressive is another order of the same picture", "[nodes]") {
  const Bytes baseline = encoded_as(photo(), "progressive: false");
  const Bytes progressive = encoded_as(photo(), "progressive: true");
  CHECK(count_parts(baseline, "SOF0") == 1);
  CHECK(count_parts(progressive, "SOF2") == 1);
  CHECK(same_pixels(picture(progressive), picture(baseline)));
}

TEST_CASE("A PNG's level changes its size and never its pixels", "[nodes]") {
  const Image image = photo();
  const Bytes stored = encoded_as(image, "format: png, level: 0");
  const Bytes fast = encoded_as(image, "format: png, level: 1");
  const Bytes small = encoded_as(image, "format: png, level: 9");
  CHECK(stored.size() > std::size_t{120} * 80 * 3);
  CHECK(fast.size() < stored.size());
  CHECK(small.size() <= fast.size());
  for (const Bytes& file : {stored, fast, small}) CHECK(same_pixels(picture(file), image));
}

TEST_CASE("A PNG keeps alpha and 16 bits", "[nodes]") {
  for (const PixelFormat format :
       {PixelFormat{1, 8}, {2, 8}, {4, 8}, {1, 16}, {2, 16}, {3, 16}, {4, 16}}) {
    const Image image = noise({21, 13}, format, 1);
    CHECK(same_pixels(picture(encoded_as(image, "format: png")), image));
  }
}

TEST_CASE("A JPEG shows the background where the image is transparent", "[nodes]") {
  using Samples = std::vector<int>;
  const auto jpeg = [](PixelFormat format, const Samples& samples, const std::string& background) {
    return colour_of(picture(
        encoded_as(even(format, samples), "quality: 100, subsampling: 4:4:4" + background)));
  };
  CHECK(close(jpeg({4, 8}, {200, 10, 10, 0}, ""), {255, 255, 255}, 1));
  CHECK(close(jpeg({4, 8}, {200, 10, 10, 255}, ""), {200, 10, 10}, 2));
  CHECK(close(jpeg({4, 8}, {0, 0, 0, 128}, ""), {127, 127, 127}, 1));
  CHECK(close(jpeg({4, 8}, {0, 0, 0, 128}, ", background: black"), {0, 0, 0}, 1));
  CHECK(close(jpeg({4, 8}, {200, 10, 10, 0}, ", background: '#1428c8'"), {20, 40, 200}, 2));
  CHECK(close(jpeg({2, 8}, {50, 0}, ""), {255}, 1));
  CHECK(close(jpeg({2, 8}, {50, 0}, ", background: '#1428c8'"), {20, 40, 200}, 2));
  CHECK(close(jpeg({4, 16}, {0, 0, 0, 32768}, ""), {127, 127, 127}, 1));
}

TEST_CASE("A JPEG of 16 bits is rounded to 8", "[nodes]") {
  const std::vector<int> deep = {100 * 257 + 120, 50 * 257 - 120, 200 * 257};
  const Image image = picture(encoded_as(even({3, 16}, deep), "quality: 100, subsampling: 4:4:4"));
  CHECK(close(colour_of(image), {100, 50, 200}, 1));
  CHECK(close(colour_of(picture(encoded_as(even({1, 16}, {100 * 257 + 120}), "quality: 100"))),
              {100}, 1));
}

TEST_CASE("Gray is encoded as gray", "[nodes]") {
  CHECK(picture(encoded_as(gradient({20, 20}, {1, 8}), "format: jpeg")).format() ==
        PixelFormat{1, 8});
  CHECK(picture(encoded_as(gradient({20, 20}, {1, 8}), "format: png")).format() ==
        PixelFormat{1, 8});
}

TEST_CASE("The profile is embedded, byte for byte", "[nodes]") {
  for (const std::string format : {"jpeg", "png"}) {
    const Bytes colour = encoded_as(with_profile(photo(), rgb_profile()), "format: " + format);
    REQUIRE(picture(colour).icc());
    CHECK(*picture(colour).icc() == rgb_profile());
    const Bytes gray =
        encoded_as(with_profile(gradient({20, 20}, {1, 8}), gray_profile()), "format: " + format);
    REQUIRE(picture(gray).icc());
    CHECK(*picture(gray).icc() == gray_profile());
    CHECK_FALSE(picture(encoded_as(photo(), "format: " + format)).icc());
  }
}

TEST_CASE("A picture longer than JPEG allows fails, and is a PNG without trouble", "[nodes]") {
  const Image strip = paint({65501, 1}, {1, 8}, [](int x, int, int) { return x & 255; });
  const auto jpeg = NodeRunner("{type: encode}").encode(strip);
  REQUIRE_FALSE(jpeg);
  CHECK(jpeg.error().code == "unsupported");
  CHECK(same_pixels(picture(encoded_as(strip, "format: png")), strip));
}

TEST_CASE("One encoder makes of an image what a fresh one makes", "[nodes]") {
  const bool progressive = GENERATE(false, true);
  const std::string parameters = std::string("progressive: ") + (progressive ? "true" : "false");
  NodeRunner shared("{type: encode, " + parameters + "}");
  for (unsigned seed = 0; seed < 4; ++seed) {
    const Image image = noise({40, 30}, {seed % 2 == 0 ? 3 : 1, 8}, seed);
    CHECK(shared.encode(image).value() == encoded_as(image, parameters));
  }
}
