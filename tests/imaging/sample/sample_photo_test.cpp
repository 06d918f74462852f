#include "nodes/imaging/sample/sample_photo.h"

#include <array>
#include <cmath>
#include <cstring>
#include <map>
#include <set>

#include "nodes/imaging/codec/exif.h"
#include "nodes/imaging/codec/jpeg/jpeg.h"
#include "nodes/imaging/codec/png/png.h"
#include "nodes/imaging/pixels/orient.h"
#include "nodes/imaging/sample/sample_set.h"
#include "tests/support/catch.h"

namespace imagemill::imaging {
namespace {

constexpr std::array<SampleScene, 4> kScenes = {SampleScene::landscape, SampleScene::seaside,
                                                SampleScene::night, SampleScene::studio};

bool same_pixels(const Image& a, const Image& b) {
  if (a.size() != b.size() || a.format() != b.format()) return false;
  const std::size_t bytes = static_cast<std::size_t>(a.width()) * a.format().bytes_per_pixel();
  for (int y = 0; y < a.height(); ++y) {
    if (std::memcmp(a.row(y), b.row(y), bytes) != 0) return false;
  }
  return true;
}

std::uint64_t fnv1a(const Image& image) {
  std::uint64_t h = 0xcbf29ce484222325u;
  const int bytes = image.width() * image.format().channels;
  for (int y = 0; y < image.height(); ++y) {
    for (int i = 0; i < bytes; ++i) h = (h ^ image.row(y)[i]) * 0x100000001b3u;
  }
  return h;
}

// Statistics of the green samples.
struct Tones {
  double mean = 0;
  double deviation = 0;
  double entropy = 0;     // bits
  double difference = 0;  // mean, between neighbours in a row
};

Tones tones(const Image& image) {
  const int channels = image.format().channels;
  std::array<double, 256> histogram{};
  Tones result;
  for (int y = 0; y < image.height(); ++y) {
    for (int x = 0; x < image.width(); ++x) {
      const std::uint8_t* pixel = image.row(y) + x * channels + 1;
      histogram[*pixel] += 1;
      if (x > 0) result.difference += std::abs(*pixel - *(pixel - channels));
    }
  }
  const double pixels = static_cast<double>(image.width()) * image.height();
  result.difference /= pixels;
  for (std::size_t i = 0; i < histogram.size(); ++i) {
    const double share = histogram[i] / pixels;
    if (share > 0) result.entropy -= share * std::log2(share);
    result.mean += share * static_cast<double>(i);
    result.deviation += share * static_cast<double>(i * i);
  }
  result.deviation = std::sqrt(result.deviation - result.mean * result.mean);
  return result;
}

double mean_difference(const Image& a, const Image& b) {
  double sum = 0;
  const int samples = a.width() * a.format().channels;
  for (int y = 0; y < a.height(); ++y) {
    for (int i = 0; i < samples; ++i) sum += std::abs(a.row(y)[i] - b.row(y)[i]);
  }
  return sum / (static_cast<double>(samples) * a.height());
}

Image decoded(const Bytes& file, const SampleFile& described) {
  auto image = described.codec->make_decoder()->decode(file, 1, DecodeLimits{}, 0);
  REQUIRE(image.has_value());
  return *image;
}

TEST_CASE("the same seed gives the same photo, another seed another") {
  const Size size = {160, 120};
  for (const SampleScene scene : kScenes) {
    const Image photo = sample_photo(scene, size, 7);
    CHECK(photo.size() == size);
    CHECK(photo.format() == PixelFormat{3, 8});
    CHECK(same_pixels(photo, sample_photo(scene, size, 7)));
    CHECK(!same_pixels(photo, sample_photo(scene, size, 8)));
  }
}

// The bytes are the same with every compiler, at every optimisation, on every machine. A change of
// the scenes changes these numbers; nothing else may.
TEST_CASE("sample photos are pinned") {
  constexpr std::array<std::uint64_t, 4> kPinned = {1201338483357531223u, 15277503932986915194u,
                                                    1424244453978521290u, 16000332532249081092u};
  for (std::size_t i = 0; i < kScenes.size(); ++i) {
    std::uint64_t all = 0;
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
      all = all * 31 + fnv1a(sample_photo(kScenes[i], {96, 64}, seed));
    }
    INFO("scene " << i);
    CHECK(all == kPinned[i]);
  }
}

TEST_CASE("sample photos have the tones of photographs") {
  for (const SampleScene scene : kScenes) {
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
      const Tones t = tones(sample_photo(scene, {480, 360}, seed));
      INFO("scene " << static_cast<int>(scene) << ", seed " << seed << ": mean " << t.mean
                    << ", deviation " << t.deviation << ", entropy " << t.entropy << ", difference "
                    << t.difference);
      CHECK(t.mean > (scene == SampleScene::night ? 15 : 60));
      CHECK(t.mean < 225);
      CHECK(t.deviation > 12);
      CHECK(t.deviation < 90);
      CHECK(t.entropy > 5);
      CHECK(t.difference > 0.8);  // texture
      CHECK(t.difference < 12);   // and yet smooth
    }
  }
}

TEST_CASE("a seed is the same view at any size") {
  for (const SampleScene scene : kScenes) {
    const Image large = sample_photo(scene, {480, 320}, 3);
    const Image small = sample_photo(scene, {240, 160}, 3);
    Image halved({240, 160}, {3, 8});
    for (int y = 0; y < 160; ++y) {
      for (int i = 0; i < 240 * 3; ++i) {
        const int at = i / 3 * 6 + i % 3;
        const int sum = large.row(2 * y)[at] + large.row(2 * y)[at + 3] + large.row(2 * y + 1)[at] +
                        large.row(2 * y + 1)[at + 3];
        halved.mutable_row(y)[i] = static_cast<std::uint8_t>(sum / 4);
      }
    }
    CHECK(mean_difference(small, halved) < 8);
  }
}

TEST_CASE("sample photos may have any shape") {
  for (const SampleScene scene : kScenes) {
    for (const Size size : {Size{1, 1}, Size{1, 50}, Size{50, 1}, Size{2, 3}, Size{333, 17}}) {
      CHECK(sample_photo(scene, size, 1).size() == size);
    }
  }
}

TEST_CASE("a cutout is its photo with alpha") {
  const Size size = {160, 120};
  const Image cutout = sample_cutout(size, 5);
  const Image photo = sample_photo(SampleScene::studio, size, 5);
  REQUIRE(cutout.format() == PixelFormat{4, 8});
  std::set<int> alphas;
  int differing = 0;
  for (int y = 0; y < size.height; ++y) {
    for (int x = 0; x < size.width; ++x) {
      differing += std::memcmp(cutout.row(y) + 4 * x, photo.row(y) + 3 * x, 3) != 0 ? 1 : 0;
      alphas.insert(cutout.row(y)[4 * x + 3]);
    }
  }
  CHECK(differing == 0);
  CHECK(*alphas.begin() == 0);
  CHECK(*alphas.rbegin() == 255);
  CHECK(alphas.size() > 10);  // soft edges
}

TEST_CASE("an EXIF orientation that was put in is read back") {
  const Image photo = sample_photo(SampleScene::studio, {64, 48}, 1);
  const auto jpeg = JpegEncoder().encode(photo, EncodeOptions{});
  REQUIRE(jpeg.has_value());
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const Bytes file = with_exif_orientation(*jpeg, orientation);
    const auto header = read_header(file, DecodeLimits{});
    REQUIRE(header.has_value());
    REQUIRE(header->has_value());
    CHECK((*header)->orientation == orientation);
    const auto pixels = JpegDecoder().decode(file, 1, DecodeLimits{}, 0);
    const auto plain = JpegDecoder().decode(*jpeg, 1, DecodeLimits{}, 0);
    REQUIRE(pixels.has_value());
    CHECK(same_pixels(*pixels, *plain));
  }
}

TEST_CASE("a sample set holds files of every kind, and each decodes to what it says") {
  std::map<std::string, int> folders;
  std::set<std::string> paths;
  int pngs = 0, alphas = 0, grays = 0, progressives = 0, turned = 0;
  for (int i = 0; i < 40; ++i) {
    SampleFile file = sample_file(i, {}, 1);
    INFO(file.path);
    paths.insert(file.path);
    ++folders[file.path.substr(0, file.path.find('/'))];
    file.size = {file.size.width / 8, file.size.height / 8};
    const auto bytes = make_sample(file);
    REQUIRE(bytes.has_value());
    const auto header = read_header(*bytes, DecodeLimits{});
    REQUIRE(header.has_value());
    REQUIRE(header->has_value());
    CHECK((*header)->codec == file.codec);
    CHECK((*header)->orientation == file.orientation);
    CHECK((*header)->oriented_size() == file.size);
    CHECK((*header)->multi_pass == file.progressive);
    pngs += file.codec == codecs().find("png");
    alphas += (*header)->pixels.has_alpha();
    grays += (*header)->pixels.is_gray();
    progressives += (*header)->multi_pass;
    turned += file.orientation != 1;

    // The picture that is seen is upright.
    const Image seen = orient(decoded(*bytes, file), file.orientation);
    if (seen.format().channels == 3) {
      CHECK(mean_difference(seen, sample_photo(file.scene, file.size, file.seed)) < 8);
    }
  }
  CHECK(paths.size() == 40);
  CHECK(folders == std::map<std::string, int>{
                       {"landscapes", 10}, {"night", 10}, {"seaside", 10}, {"studio", 10}});
  CHECK(pngs == 3);
  CHECK(alphas == 1);
  CHECK(grays == 3);
  CHECK(progressives == 3);
  CHECK(turned == 4);
}

TEST_CASE("with a size, a sample set is a camera's: baseline JPEGs of that size") {
  for (int i = 0; i < 40; ++i) {
    const SampleFile file = sample_file(i, Size{4000, 3000}, 1);
    CHECK(file.size == Size{4000, 3000});
    CHECK(file.codec == codecs().find("jpeg"));
    CHECK_FALSE(file.progressive);
    CHECK_FALSE(file.gray);
  }
}

}  // namespace
}  // namespace imagemill::imaging
