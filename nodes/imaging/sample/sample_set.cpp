#include "nodes/imaging/sample/sample_set.h"

#include <array>
#include <cstdio>

#include "nodes/imaging/codec/exif.h"
#include "nodes/imaging/pixels/orient.h"
#include "nodes/imaging/sample/noise.h"

namespace imagemill::imaging {
namespace {

constexpr int kScenes = 4;
constexpr int kRound = 40;  // files until the kinds repeat

struct ClassName {
  std::string_view folder;
  std::string_view stem;
};
constexpr std::array<ClassName, kScenes> kClasses = {{{"landscapes", "landscape"},
                                                      {"seaside", "seaside"},
                                                      {"night", "night"},
                                                      {"studio", "studio"}}};

// Eleven sizes, so that each of the four scenes meets every size.
constexpr std::array<Size, 11> kSizes = {{{1200, 900},
                                          {1280, 853},
                                          {900, 1200},
                                          {1024, 1024},
                                          {1200, 800},
                                          {640, 480},
                                          {1600, 900},
                                          {853, 1280},
                                          {1200, 900},
                                          {320, 240},
                                          {1000, 1250}}};

constexpr Size kPngSize = {800, 600};  // noise makes PNGs large

// Chooses the kind of the file among the `kRound`; the first dozen holds one of each kind.
void choose_kind(SampleFile& file, int place) {
  switch (place) {
    case 5:
    case 30:
      file.codec = codecs().find("png");
      file.size = kPngSize;
      return;
    case 11:
      file.codec = codecs().find("png");
      file.size = kPngSize;
      file.cutout = true;
      return;
    case 8:
    case 17:
    case 35:
      file.progressive = true;
      return;
    case 9:
    case 22:
    case 32:
      file.gray = true;
      return;
    default:
      return;
  }
}

int orientation_at(int place) {
  switch (place) {
    case 4:
    case 25:
      return 6;
    case 13:
      return 3;
    case 19:
      return 8;
    default:
      return 1;
  }
}

// Pixels as a camera held that way stores them: orient(result, orientation) is upright.
Image as_held(Image upright, int orientation) {
  const int inverse = orientation == 6 ? 8 : orientation == 8 ? 6 : orientation;
  return orient(std::move(upright), inverse);
}

// Converts to Rec. 709 luma, as a camera's black-and-white mode does.
Image to_gray(const Image& photo) {
  Image gray(photo.size(), {1, 8});
  for (int y = 0; y < photo.height(); ++y) {
    const std::uint8_t* in = photo.row(y);
    std::uint8_t* out = gray.mutable_row(y);
    for (int x = 0; x < photo.width(); ++x, in += 3) {
      *out++ = static_cast<std::uint8_t>((54 * in[0] + 183 * in[1] + 19 * in[2] + 128) >> 8);
    }
  }
  return gray;
}

}  // namespace

SampleFile sample_file(int index, std::optional<Size> size, std::uint64_t seed) {
  const auto number = static_cast<std::size_t>(index);
  const int place = index % kRound;
  SampleFile file;
  file.scene = static_cast<SampleScene>(index % kScenes);
  file.seed = sample::hash(sample::hash(seed) ^ static_cast<std::uint64_t>(index));
  file.size = size.value_or(kSizes[number % kSizes.size()]);
  if (!size) choose_kind(file, place);
  file.orientation = orientation_at(place);

  const ClassName& name = kClasses[number % kScenes];
  std::array<char, 16> digits{};
  std::snprintf(digits.data(), digits.size(), "-%04d.", index / kScenes + 1);
  file.path.append(name.folder).append("/").append(name.stem).append(digits.data());
  file.path.append(file.codec->extension());
  return file;
}

Result<Bytes> make_sample(const SampleFile& file) {
  Image picture = file.cutout ? sample_cutout(file.size, file.seed)
                              : sample_photo(file.scene, file.size, file.seed);
  if (file.gray) picture = to_gray(picture);
  Result<Bytes> encoded = file.codec->make_encoder()->encode(
      as_held(std::move(picture), file.orientation),
      {.quality = 90, .progressive = file.progressive, .level = 3});
  if (!encoded || file.orientation == 1) return encoded;
  return with_exif_orientation(*encoded, file.orientation);
}

}  // namespace imagemill::imaging
