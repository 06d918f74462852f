#include "tests/support/image_files.h"

#include <algorithm>
#include <stdexcept>

#include <lcms2.h>

#include "nodes/imaging/codec/codec_table.h"
#include "nodes/imaging/codec/jpeg/jpeg_header.h"
#include "nodes/imaging/codec/png/png.h"
#include "tests/imaging/codec/png_files.h"

namespace imagemill::testing {
namespace {

Bytes saved(cmsHPROFILE profile) {
  cmsUInt32Number size = 0;
  cmsSaveProfileToMem(profile, nullptr, &size);
  Bytes bytes(size);
  cmsSaveProfileToMem(profile, bytes.data(), &size);
  cmsCloseProfile(profile);
  // The date of its making, so that it is the same file tomorrow.
  std::fill(bytes.begin() + 24, bytes.begin() + 36, std::uint8_t{1});
  return bytes;
}

std::uint32_t crc32(const Bytes& bytes) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const std::uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0);
  }
  return ~crc;
}

bool is_jpeg(const Bytes& file) { return imaging::opens_jpeg(file); }

std::string marker_name(int code) {
  if (code >= 0xE0 && code <= 0xEF) return "APP" + std::to_string(code - 0xE0);
  if (code == 0xC4) return "DHT";
  if (code >= 0xC0 && code <= 0xCF) return "SOF" + std::to_string(code - 0xC0);
  if (code == 0xDB) return "DQT";
  if (code == 0xDA) return "SOS";
  if (code == 0xFE) return "COM";
  return std::to_string(code);
}

}  // namespace

Bytes jpeg_file(const Image& image, const imaging::EncodeOptions& options) {
  return imaging::JpegEncoder().encode(image, options).value();
}

Bytes png_file(const Image& image) { return imaging::encode_png(image, {.level = 1}).value(); }

Bytes interlaced_png(const Image& image) {
  const std::size_t row_bytes =
      static_cast<std::size_t>(image.width()) * image.format().bytes_per_pixel();
  std::vector<Bytes> rows;
  rows.reserve(static_cast<std::size_t>(image.height()));
  for (int y = 0; y < image.height(); ++y) {
    rows.emplace_back(image.row(y), image.row(y) + row_bytes);
  }
  constexpr int kColours[] = {PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB,
                              PNG_COLOR_TYPE_RGB_ALPHA};
  return plain_png(image.size(), {kColours[image.format().channels - 1], 8, true}, rows);
}

Bytes palette_png() {
  std::vector<Bytes> rows(16, Bytes(2, 0x00));
  std::fill(rows.begin() + 8, rows.end(), Bytes(2, 0xFF));
  return plain_png({16, 16}, {PNG_COLOR_TYPE_PALETTE, 1, false}, rows,
                   [](png_structp png, png_infop info) {
                     const png_color palette[] = {{200, 30, 40}, {10, 120, 230}};
                     png_set_PLTE(png, info, palette, 2);
                   });
}

Image picture(const Bytes& file) {
  const imaging::Codec* codec = imaging::codecs().sniff(file);
  if (codec == nullptr) throw std::runtime_error("no codec knows the file");
  auto decoded = codec->make_decoder()->decode(file, 1, {}, 0);
  if (!decoded) throw std::runtime_error(decoded.error().message);
  return *decoded;
}

Bytes with_orientation(const Bytes& file, int orientation) {
  const Bytes exif = exif_block(orientation);
  if (is_jpeg(file)) {
    return with_inserted(file, 2, jpeg_marker(0xE1, std::string_view("Exif\0\0", 6), exif));
  }
  Bytes checked = bytes_of("eXIf");
  checked.insert(checked.end(), exif.begin(), exif.end());
  return with_inserted(file, kAfterIhdr, png_chunk("eXIf", exif, crc32(checked)));
}

Bytes with_texts(const Bytes& jpeg, const std::string& model, const std::string& taken) {
  constexpr std::size_t kExifAt = 38;
  constexpr std::size_t kValuesAt = 56;
  Bytes block = {'I', 'I', 42, 0, 8, 0, 0, 0};
  const auto put = [&](std::size_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) block.push_back(static_cast<std::uint8_t>(value >> 8 * i));
  };
  const auto entry = [&](std::size_t tag, std::size_t type, std::size_t count, std::size_t value) {
    put(tag, 2);
    put(type, 2);
    put(count, 4);
    put(value, 4);
  };
  put(2, 2);
  entry(0x0110, 2, model.size() + 1, kValuesAt);
  entry(0x8769, 4, 1, kExifAt);
  put(0, 4);
  put(1, 2);
  entry(0x9003, 2, taken.size() + 1, kValuesAt + model.size() + 1);
  put(0, 4);
  for (const std::string& value : {model, taken}) {
    block.insert(block.end(), value.begin(), value.end());
    block.push_back(0);
  }
  return with_inserted(jpeg, 2, jpeg_marker(0xE1, std::string_view("Exif\0\0", 6), block));
}

Image stored_for(const Image& upright, int orientation) {
  // EXIF 2.3, tag 0x0112: which sides of what is seen the stored row 0 and column 0 are.
  struct Sides {
    char row, column;
  };
  constexpr Sides kSides[] = {{'t', 'l'}, {'t', 'r'}, {'b', 'r'}, {'b', 'l'},
                              {'l', 't'}, {'r', 't'}, {'r', 'b'}, {'l', 'b'}};
  const Sides sides = kSides[orientation - 1];
  const Size seen = upright.size();
  const Size stored = orientation < 5 ? seen : Size{seen.height, seen.width};
  return paint(stored, upright.format(), [&](int column, int row, int c) {
    int x = 0;
    int y = 0;
    const auto walk = [&](char side, int steps) {
      if (side == 't') y = steps;
      if (side == 'b') y = seen.height - 1 - steps;
      if (side == 'l') x = steps;
      if (side == 'r') x = seen.width - 1 - steps;
    };
    walk(sides.row, row);
    walk(sides.column, column);
    return sample(upright, x, y, c);
  });
}

Bytes rgb_profile() { return saved(cmsCreate_sRGBProfile()); }

Bytes gray_profile() {
  cmsToneCurve* curve = cmsBuildGamma(nullptr, 1.8);
  const cmsHPROFILE profile = cmsCreateGrayProfile(cmsD50_xyY(), curve);
  cmsFreeToneCurve(curve);
  return saved(profile);
}

Image with_profile(Image image, const Bytes& profile) {
  image.set_icc(std::make_shared<const Bytes>(profile));
  return image;
}

std::vector<std::string> parts_of(const Bytes& file) {
  std::vector<std::string> parts;
  if (is_jpeg(file)) {
    for (std::size_t at = 2; at + 4 <= file.size() && file[at] == 0xFF;) {
      parts.push_back(marker_name(file[at + 1]));
      if (parts.back() == "SOS") break;
      at += 2 + static_cast<std::size_t>(file[at + 2] << 8 | file[at + 3]);
    }
    return parts;
  }
  for (std::size_t at = 8; at + 12 <= file.size();) {
    parts.emplace_back(file.begin() + static_cast<std::ptrdiff_t>(at) + 4,
                       file.begin() + static_cast<std::ptrdiff_t>(at) + 8);
    at += 12 + (std::size_t{file[at]} << 24 | std::size_t{file[at + 1]} << 16 |
                std::size_t{file[at + 2]} << 8 | file[at + 3]);
  }
  return parts;
}

int count_parts(const Bytes& file, const std::string& name) {
  const auto parts = parts_of(file);
  return static_cast<int>(std::count(parts.begin(), parts.end(), name));
}

}  // namespace imagemill::testing
