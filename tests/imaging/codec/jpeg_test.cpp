#include "nodes/imaging/codec/jpeg/jpeg.h"

#include <lcms2.h>

#include "tests/imaging/codec/jpeg_files.h"
#include "tests/imaging/pictures.h"
#include "tests/support/catch.h"

using namespace imagemill::imaging;
using namespace imagemill::imaging::testing;

namespace {

Result<Image> decode(std::span<const std::uint8_t> file, int denominator = 1) {
  return JpegDecoder().decode(file, denominator, {}, 0);
}

Bytes encode(const Image& image, const EncodeOptions& options = {}) {
  return JpegEncoder().encode(image, options).value();
}

EncodeOptions progressive(int quality = 85) {
  EncodeOptions options;
  options.quality = quality;
  options.progressive = true;
  return options;
}

SharedBytes srgb_profile(std::size_t padding = 0) {
  cmsHPROFILE profile = cmsCreate_sRGBProfile();
  cmsUInt32Number size = 0;
  cmsSaveProfileToMem(profile, nullptr, &size);
  Bytes bytes(size);
  cmsSaveProfileToMem(profile, bytes.data(), &size);
  cmsCloseProfile(profile);
  bytes.resize(size + padding, 0x55);
  return std::make_shared<const Bytes>(std::move(bytes));
}

}  // namespace

TEST_CASE("A JPEG round trip keeps the picture", "[imaging]") {
  const int channels = GENERATE(1, 3);
  const auto subsampling = GENERATE(Subsampling::s420, Subsampling::s422, Subsampling::s444);
  const bool multi_scan = GENERATE(false, true);
  const Image image = gradient({131, 97}, {channels, 8});
  const auto decoded = decode(encode(image, {95, subsampling, multi_scan}));
  REQUIRE(decoded);
  REQUIRE(decoded->size() == image.size());
  REQUIRE(decoded->format() == image.format());
  CHECK(difference(*decoded, image) < 1.5);
  CHECK(decoded->full_size() == image.size());
  CHECK(decoded->cover() == Box{0, 0, 131, 97});
}

TEST_CASE("A JPEG's encoder asks whether to go on every few rows", "[imaging]") {
  int asked = 0;
  EncodeOptions options;
  options.give_up = [&] { return ++asked == 5; };
  const auto encoded = JpegEncoder().encode(gradient({16, 1000}, {3, 8}), options);
  REQUIRE_FALSE(encoded);
  CHECK(encoded.error().code == "interrupted");
}

TEST_CASE("Chroma is subsampled as asked", "[imaging]") {
  const Bytes jpegs[] = {encode(gradient({64, 64}, {3, 8}), {85, Subsampling::s420, false}),
                         encode(gradient({64, 64}, {3, 8}), {85, Subsampling::s422, false}),
                         encode(gradient({64, 64}, {3, 8}), {85, Subsampling::s444, false})};
  const int luma_factors[] = {0x22, 0x21, 0x11};
  for (int i = 0; i < 3; ++i) CHECK(jpegs[i][find_marker(jpegs[i], 0xC0) + 11] == luma_factors[i]);
}

TEST_CASE("Shrink-on-load rounds sizes up and says what the pixels cover", "[imaging]") {
  const Image image = gradient({131, 97}, {3, 8});
  const Bytes file = encode(image, {95, Subsampling::s420, false});
  for (const int denominator : {1, 2, 4, 8}) {
    const auto decoded = decode(file, denominator);
    REQUIRE(decoded);
    CHECK(decoded->width() == (131 + denominator - 1) / denominator);
    CHECK(decoded->height() == (97 + denominator - 1) / denominator);
    CHECK(decoded->full_size() == Size{131, 97});
    CHECK(decoded->cover() == Box{0, 0, 131.0 / denominator, 97.0 / denominator});
    const int x = 60 / denominator;
    const int y = 40 / denominator;
    const double centre = (x + 0.5) * denominator / 131 * 255;
    CHECK(sample(*decoded, x, y, 0) == Approx(centre).margin(4));
  }
}

TEST_CASE("An RGB or gray profile is carried through a JPEG", "[imaging]") {
  const std::size_t padding = GENERATE(0u, 200'000u);  // in one marker, and in several
  Image image = gradient({16, 16}, {3, 8});
  image.set_icc(srgb_profile(padding));
  const auto decoded = decode(encode(image));
  REQUIRE(decoded);
  REQUIRE(decoded->icc());
  CHECK(*decoded->icc() == *image.icc());
}

TEST_CASE("A profile of another colour space is dropped", "[imaging]") {
  Image image = gradient({16, 16}, {1, 8});
  image.set_icc(srgb_profile());
  const auto decoded = decode(encode(image));
  REQUIRE(decoded);
  CHECK_FALSE(decoded->icc());
}

TEST_CASE("A profile with a missing part is dropped", "[imaging]") {
  Image image = gradient({16, 16}, {3, 8});
  image.set_icc(srgb_profile(200'000));
  Bytes file = encode(image);
  file[find_marker(file, 0xE2) + 4 + 12] = 7;  // the number of the part
  const auto decoded = decode(file);
  REQUIRE(decoded);
  CHECK_FALSE(decoded->icc());
}

TEST_CASE("CMYK without a usable profile is converted by the fixed formula", "[imaging]") {
  const bool ycck = GENERATE(false, true);
  const Bytes damaged(200, 1);
  for (const Bytes& profile : {Bytes(), damaged}) {
    const auto decoded = decode(cmyk_jpeg({200, 100, 50, 128}, ycck, profile));
    REQUIRE(decoded);
    REQUIRE(decoded->format() == PixelFormat{3, 8});
    CHECK_FALSE(decoded->icc());
    CHECK(sample(*decoded, 3, 3, 0) == Approx(100).margin(3));
    CHECK(sample(*decoded, 3, 3, 1) == Approx(50).margin(3));
    CHECK(sample(*decoded, 3, 3, 2) == Approx(25).margin(3));
  }
}

TEST_CASE("CMYK files share a transform only where they have one profile", "[imaging]") {
  JpegDecoder decoder;
  const Bytes profile = black_only_profile();
  Bytes longer = profile;
  longer.resize(longer.size() + 4);  // beyond its tags: another file, the same colours
  Bytes damaged = profile;
  damaged[16] = 'X';
  for (const Bytes& embedded :
       {profile, profile, Bytes(), profile, damaged, damaged, longer, longer, profile}) {
    const Bytes file = cmyk_jpeg({200, 100, 50, 128}, false, embedded);
    CHECK(same_pixels(decoder.decode(file, 1, {}, 0).value(), decode(file).value()));
  }
}

TEST_CASE("CMYK with a profile goes through it to sRGB", "[imaging]") {
  // The profile knows black ink only: L* is what K leaves of the paper. Half of it is L* 50, which
  // is 119 in sRGB.
  const auto decoded = decode(cmyk_jpeg({200, 100, 50, 128}, false, black_only_profile()));
  REQUIRE(decoded);
  REQUIRE(decoded->format() == PixelFormat{3, 8});
  CHECK_FALSE(decoded->icc());
  for (int c = 0; c < 3; ++c) CHECK(sample(*decoded, 3, 3, c) == Approx(119).margin(4));
}

TEST_CASE("A JPEG cut short is truncated, wherever it is cut", "[imaging]") {
  const Bytes file = encode(noise({40, 40}, {3, 8}, 1), GENERATE(EncodeOptions{}, progressive()));
  JpegDecoder decoder;
  constexpr std::size_t kEndMarker = 2;
  for (std::size_t bytes = 3; bytes < file.size() - kEndMarker; ++bytes) {
    const auto decoded = decoder.decode(std::span(file).first(bytes), 1, {}, 0);
    REQUIRE_FALSE(decoded);
    REQUIRE(decoded.error().code == "truncated");
  }
  CHECK(decode(std::span(file).first(2)).error().code == "not_an_image");
  CHECK(decode({}).error().code == "not_an_image");
}

TEST_CASE("Bytes after the end of a JPEG do no harm", "[imaging]") {
  const Bytes file = encode(gradient({40, 40}, {3, 8}));
  CHECK(decode(with_inserted(file, file.size(), bytes_of("trailer"))));
}

TEST_CASE("Limits are checked before and while a JPEG is decoded", "[imaging]") {
  const Bytes file = encode(gradient({64, 64}, {3, 8}), progressive());
  JpegDecoder decoder;
  DecodeLimits limits;
  CHECK(decoder.decode(with_jpeg_size(file, 65500, 65500), 8, limits, 0).error().code ==
        "too_many_pixels");
  limits.max_pixels = 64 * 64 - 1;
  CHECK(decoder.decode(file, 8, limits, 0).error().code == "too_many_pixels");
  limits.max_pixels = 64 * 64;
  CHECK(decoder.decode(file, 8, limits, 0));
  limits.max_scans = 3;
  CHECK(decoder.decode(file, 1, limits, 0).error().code == "too_many_scans");
}

TEST_CASE("A JPEG of hundreds of scans is refused by default", "[imaging]") {
  const Bytes file = many_scans_jpeg();
  CHECK(decode(file).error().code == "too_many_scans");
  DecodeLimits generous;
  generous.max_scans = 1000;
  CHECK(JpegDecoder().decode(file, 1, generous, 0));
}

TEST_CASE("A progressive JPEG stays within its memory limit or fails", "[imaging]") {
  const Bytes file = encode(gradient({700, 500}, {3, 8}), progressive());
  const std::size_t enough = (**read_header(file, {})).codec_bytes;
  JpegDecoder decoder;
  CHECK(decoder.decode(file, 1, {}, enough));
  CHECK(decoder.decode(file, 1, {}, enough / 2).error().code == "out_of_memory");
  CHECK(decoder.decode(file, 1, {}, enough));
}

TEST_CASE("The header bounds what libjpeg allocates", "[imaging]") {
  const Size size = GENERATE(Size{1, 1}, Size{17, 3}, Size{500, 300}, Size{1601, 1203},
                             Size{8, 3000}, Size{5000, 8});
  const auto subsampling = GENERATE(Subsampling::s420, Subsampling::s422, Subsampling::s444);
  const bool multi_scan = GENERATE(false, true);
  const Bytes file = encode(gradient(size, {3, 8}), {85, subsampling, multi_scan});
  const std::size_t bound = (**read_header(file, {})).codec_bytes;
  for (const unsigned denominator : {1u, 2u, 8u}) {
    const std::size_t used = libjpeg_heap(file, denominator);
    CHECK(used <= bound);
    if (denominator == 1 && used > (1 << 20)) CHECK(bound <= 2 * used);
  }
}

TEST_CASE("A decoder forgets one file before the next", "[imaging]") {
  const Bytes good = encode(noise({40, 40}, {3, 8}, 1));
  Bytes without_tables = good;
  while (find_marker(without_tables, 0xDB) < without_tables.size()) {
    without_tables[find_marker(without_tables, 0xDB) + 1] = 0xFE;  // a comment instead
  }
  JpegDecoder decoder;
  const Image first = decoder.decode(good, 1, {}, 0).value();
  CHECK(decoder.decode(without_tables, 1, {}, 0).error().code == "corrupt");
  CHECK(same_pixels(decoder.decode(good, 1, {}, 0).value(), first));
}

TEST_CASE("An encoder forgets one picture before the next", "[imaging]") {
  const Image image = noise({40, 40}, {3, 8}, 1);
  JpegEncoder encoder;
  REQUIRE(encoder.encode(gradient({64, 64}, {3, 8}), progressive(30)));
  CHECK(*encoder.encode(image, {}) == encode(image));
}

TEST_CASE("Damaged JPEGs decode or fault, and leave the decoder usable", "[imaging]") {
  const Bytes file =
      encode(noise({48, 48}, {3, 8}, 1), GENERATE(EncodeOptions{40}, progressive(40)));
  const Image intact = decode(file).value();
  std::mt19937 random(11);
  JpegDecoder decoder;
  DecodeLimits limits;
  limits.max_pixels = 1 << 20;
  for (int i = 0; i < 1000; ++i) {
    const Bytes damaged = mutated(file, 3, random);
    const auto header = read_header(damaged, limits);
    const auto decoded = decoder.decode(damaged, 1 << i % 4, limits, 0);
    if (decoded) {
      REQUIRE(header);
      REQUIRE(*header);
      REQUIRE(decoded->full_size() == (*header)->size);
      REQUIRE(decoded->format() == (*header)->pixels);
    }
  }
  CHECK(same_pixels(decoder.decode(file, 1, limits, 0).value(), intact));
}

TEST_CASE("A side that JPEG cannot have is unsupported", "[imaging]") {
  CHECK(JpegEncoder().encode(Image({65501, 1}, {1, 8}), {}).error().code == "unsupported");
}

TEST_CASE("The encoder's memory is bounded for the worst of pictures", "[imaging]") {
  const PixelFormat format = GENERATE(PixelFormat{1, 8}, PixelFormat{3, 8});
  const auto subsampling = GENERATE(Subsampling::s420, Subsampling::s444);
  const int quality = GENERATE(85, 95, 100);
  const bool multi_scan = GENERATE(false, true);
  const EncodeOptions options{quality, subsampling, multi_scan};
  std::mt19937 random(3);
  const Image black_and_white =
      paint({600, 400}, format, [&](int, int, int) { return random() % 2 ? 255 : 0; });
  const Bytes file = encode(black_and_white, options);
  CHECK(file.capacity() == file.size());
  CHECK(file.size() < JpegEncoder::bounds({600, 400}, format, options, 0).file);
}
