#include "nodes/imaging/pixels/colour.h"

#include <lcms2.h>

#include "tests/imaging/pictures.h"
#include "tests/support/catch.h"

using namespace imagemill::imaging;
using namespace imagemill::imaging::testing;

namespace {

SharedBytes saved(cmsHPROFILE profile) {
  cmsUInt32Number size = 0;
  cmsSaveProfileToMem(profile, nullptr, &size);
  auto bytes = std::make_shared<Bytes>(size);
  cmsSaveProfileToMem(profile, bytes->data(), &size);
  cmsCloseProfile(profile);
  return bytes;
}

SharedBytes gray_profile(double gamma) {
  cmsToneCurve* curve = cmsBuildGamma(nullptr, gamma);
  SharedBytes profile = saved(cmsCreateGrayProfile(cmsD50_xyY(), curve));
  cmsFreeToneCurve(curve);
  return profile;
}

Image pixel(PixelFormat format, std::initializer_list<int> samples) {
  return paint({1, 1}, format, [&](int, int, int c) { return *(samples.begin() + c); });
}

}  // namespace

TEST_CASE("Every 16-bit sample rounds to its nearest 8-bit one", "[imaging]") {
  const Image wide = paint({256, 256}, {1, 16}, [](int x, int y, int) { return y * 256 + x; });
  CHECK(same_pixels(to_8_bit(wide), paint({256, 256}, {1, 8}, [](int x, int y, int) {
                      return static_cast<int>(std::lround((y * 256 + x) * 255.0 / 65535.0));
                    })));
}

TEST_CASE("Conversions keep the picture's geometry", "[imaging]") {
  Image image = gradient({5, 4}, {2, 16});
  image.set_shrunk({38, 25}, {0, 0, 4.75, 3.125});
  for (const Image& result : {to_8_bit(image), flatten(image, {1, 2, 3}), to_rgb(image)}) {
    CHECK(result.full_size() == image.full_size());
    CHECK(result.cover() == image.cover());
  }
}

TEST_CASE("Images that need no conversion come back as they are", "[imaging]") {
  const Image image = gradient({5, 4}, {3, 8});
  CHECK(to_8_bit(image).row(0) == image.row(0));
  CHECK(flatten(image, {1, 2, 3}).row(0) == image.row(0));
  CHECK(to_rgb(image).row(0) == image.row(0));
}

TEST_CASE("Alpha is composited over the background", "[imaging]") {
  const Rgb background{10, 20, 30};
  const PixelFormat rgba{4, 8};
  const PixelFormat rgb{3, 8};
  CHECK(same_pixels(flatten(pixel(rgba, {200, 100, 50, 255}), background),
                    pixel(rgb, {200, 100, 50})));
  CHECK(same_pixels(flatten(pixel(rgba, {200, 100, 50, 0}), background), pixel(rgb, {10, 20, 30})));
  // 200·51/255 + 10·204/255 = 48, and so on.
  CHECK(
      same_pixels(flatten(pixel(rgba, {200, 100, 50, 51}), background), pixel(rgb, {48, 36, 34})));
  CHECK(same_pixels(flatten(pixel({4, 16}, {65535, 0, 32768, 65535}), background),
                    pixel({3, 16}, {65535, 0, 32768})));
  CHECK(same_pixels(flatten(pixel({4, 16}, {65535, 65535, 65535, 0}), {255, 1, 0}),
                    pixel({3, 16}, {65535, 257, 0})));
  CHECK(same_pixels(flatten(pixel({2, 8}, {200, 51}), {10, 10, 10}), pixel({1, 8}, {48})));
}

TEST_CASE("A gray image on a coloured background becomes RGB", "[imaging]") {
  const Image result = flatten(pixel({2, 8}, {200, 51}), {10, 20, 30});
  CHECK(same_pixels(result, pixel({3, 8}, {48, 56, 64})));
}

TEST_CASE("Gray becomes RGB, and alpha stays", "[imaging]") {
  CHECK(same_pixels(to_rgb(pixel({1, 8}, {7})), pixel({3, 8}, {7, 7, 7})));
  CHECK(same_pixels(to_rgb(pixel({2, 8}, {7, 9})), pixel({4, 8}, {7, 7, 7, 9})));
  CHECK(same_pixels(to_rgb(pixel({1, 16}, {700})), pixel({3, 16}, {700, 700, 700})));
  CHECK(same_pixels(to_rgb(pixel({2, 16}, {700, 900})), pixel({4, 16}, {700, 700, 700, 900})));
}

TEST_CASE("A gray profile is applied on the way to RGB", "[imaging]") {
  // Linear light 0.2 is 0.4845 in sRGB.
  for (const int bits : {8, 16}) {
    const int top = bits == 8 ? 255 : 65535;
    Image image = pixel({2, bits}, {top / 5, top / 2});
    image.set_icc(gray_profile(1.0));
    const Image result = to_rgb(image);
    CHECK_FALSE(result.icc());
    REQUIRE(result.format() == PixelFormat{4, bits});
    for (int c = 0; c < 3; ++c) {
      CHECK(sample(result, 0, 0, c) == Approx(0.4845 * top).margin(0.006 * top));
    }
    CHECK(sample(result, 0, 0, 3) == top / 2);
  }
}

TEST_CASE("A damaged gray profile is ignored", "[imaging]") {
  Image image = pixel({1, 8}, {7});
  image.set_icc(std::make_shared<const Bytes>(Bytes(200, 1)));
  CHECK(same_pixels(to_rgb(image), pixel({3, 8}, {7, 7, 7})));
}

TEST_CASE("A picture carries a profile of its own colour space", "[imaging]") {
  const auto carries = [](const SharedBytes& profile, PixelFormat format) {
    std::string why;
    Image image({1, 1}, format);
    carry_profile(image, profile, [&](std::string told) { why = std::move(told); });
    CHECK(why.empty() == (image.icc() != nullptr));
    return image.icc() == profile;
  };
  const SharedBytes rgb = saved(cmsCreate_sRGBProfile());
  const SharedBytes gray = gray_profile(2.2);
  for (const int bits : {8, 16}) {
    CHECK(carries(rgb, {3, bits}));
    CHECK(carries(rgb, {4, bits}));
    CHECK_FALSE(carries(rgb, {1, bits}));
    CHECK(carries(gray, {1, bits}));
    CHECK(carries(gray, {2, bits}));
    CHECK_FALSE(carries(gray, {3, bits}));
    CHECK_FALSE(carries(std::make_shared<const Bytes>(), {3, bits}));
    CHECK_FALSE(carries(std::make_shared<const Bytes>(Bytes(128, 0)), {3, bits}));
  }
}

TEST_CASE("A profile that was tried before is carried, or not, as the first time", "[imaging]") {
  TriedProfile tried;
  const auto why_not = [](const SharedBytes& profile, PixelFormat format, TriedProfile* known) {
    std::string why;
    Image image({1, 1}, format);
    carry_profile(
        image, profile, [&](std::string told) { why = std::move(told); }, known);
    CHECK(why.empty() == (image.icc() == profile));
    return why;
  };
  const SharedBytes rgb = saved(cmsCreate_sRGBProfile());
  const SharedBytes gray = gray_profile(2.2);
  const SharedBytes other = gray_profile(1.8);
  Bytes changed = *gray;
  changed[20] ^= 0xFF;  // of the connection space
  const auto damaged = std::make_shared<const Bytes>(changed);
  for (const SharedBytes& profile : {gray, gray, other, damaged, damaged, gray, rgb, rgb, gray}) {
    for (const PixelFormat format : {PixelFormat{1, 8}, {1, 8}, {2, 16}, {3, 8}}) {
      CHECK(why_not(profile, format, &tried) == why_not(profile, format, nullptr));
    }
  }
  CHECK(tried.why_not(*gray, {2, 16}) != nullptr);
  CHECK(tried.why_not(*other, {2, 16}) == nullptr);
  CHECK(tried.why_not(*gray, {1, 16}) == nullptr);
}
