// Synthetic pictures and damaged files for the tests of the codecs.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <string_view>
#include <utility>

#include "nodes/imaging/pixels/image.h"

namespace imagemill::imaging::testing {

inline int sample(const Image& image, int x, int y, int channel) {
  const int i = x * image.format().channels + channel;
  return image.format().bits == 8 ? image.row(y)[i] : image.row16(y)[i];
}

inline void set_sample(Image& image, int x, int y, int channel, int value) {
  const int i = x * image.format().channels + channel;
  if (image.format().bits == 8) {
    image.mutable_row(y)[i] = static_cast<std::uint8_t>(value);
  } else {
    image.mutable_row16(y)[i] = static_cast<std::uint16_t>(value);
  }
}

// An image whose sample (x, y, channel) is `value(x, y, channel)`.
template <class Value>
Image paint(Size size, PixelFormat format, const Value& value) {
  Image image(size, format);
  for (int y = 0; y < size.height; ++y) {
    for (int x = 0; x < size.width; ++x) {
      for (int c = 0; c < format.channels; ++c) set_sample(image, x, y, c, value(x, y, c));
    }
  }
  return image;
}

// Smooth, and different in each channel.
inline Image gradient(Size size, PixelFormat format) {
  const double top = format.bits == 8 ? 255 : 65535;
  return paint(size, format, [&](int x, int y, int c) {
    const double across = (x + 0.5) / size.width;
    const double down = (y + 0.5) / size.height;
    return static_cast<int>(top * (c % 2 == 0 ? across : down) * (c < 2 ? 1.0 : 0.5));
  });
}

inline Image noise(Size size, PixelFormat format, unsigned seed) {
  std::mt19937 random(seed);
  return paint(size, format, [&](int, int, int) {
    return static_cast<int>(random() % (format.bits == 8 ? 256 : 65536));
  });
}

inline bool same_pixels(const Image& a, const Image& b) {
  if (a.size() != b.size() || a.format() != b.format()) return false;
  const std::size_t bytes = static_cast<std::size_t>(a.width()) * a.format().bytes_per_pixel();
  for (int y = 0; y < a.height(); ++y) {
    if (std::memcmp(a.row(y), b.row(y), bytes) != 0) return false;
  }
  return true;
}

// The mean absolute difference of two images of the same size and format.
inline double difference(const Image& a, const Image& b) {
  double sum = 0;
  for (int y = 0; y < a.height(); ++y) {
    for (int x = 0; x < a.width(); ++x) {
      for (int c = 0; c < a.format().channels; ++c) {
        sum += std::abs(sample(a, x, y, c) - sample(b, x, y, c));
      }
    }
  }
  return sum / (static_cast<double>(a.width()) * a.height() * a.format().channels);
}

inline Bytes bytes_of(std::string_view text) { return Bytes(text.begin(), text.end()); }

// `file` with `inserted` put in at `at`.
inline Bytes with_inserted(Bytes file, std::size_t at, const Bytes& inserted) {
  file.insert(file.begin() + static_cast<std::ptrdiff_t>(at), inserted.begin(), inserted.end());
  return file;
}

// `file` with up to eight bytes changed, the first `spared` never.
inline Bytes mutated(Bytes file, std::size_t spared, std::mt19937& random) {
  const unsigned changes = 1 + random() % 8;
  for (unsigned i = 0; i < changes; ++i) {
    const std::size_t at = spared + random() % (file.size() - spared);
    file[at] = static_cast<std::uint8_t>(random() % 2 ? file[at] ^ (1u << random() % 8) : random());
  }
  return file;
}

// An EXIF block (TIFF) with nothing but an orientation.
inline Bytes exif_block(int orientation, bool little_endian = true) {
  const auto value = static_cast<std::uint8_t>(orientation);
  if (little_endian) {
    return {'I', 'I', 42, 0, 8, 0,     0, 0, 1, 0, 0x12, 1, 3,
            0,   1,   0,  0, 0, value, 0, 0, 0, 0, 0,    0, 0};
  }
  return {'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, value, 0, 0, 0, 0, 0, 0};
}

// A JPEG marker segment.
inline Bytes jpeg_marker(int code, std::string_view prefix, const Bytes& payload) {
  const std::size_t length = 2 + prefix.size() + payload.size();
  Bytes marker = {0xFF, static_cast<std::uint8_t>(code), static_cast<std::uint8_t>(length >> 8),
                  static_cast<std::uint8_t>(length)};
  marker.insert(marker.end(), prefix.begin(), prefix.end());
  marker.insert(marker.end(), payload.begin(), payload.end());
  return marker;
}

// Where the JPEG marker FF `code` first stands.
inline std::size_t find_marker(const Bytes& jpeg, std::uint8_t code) {
  const std::uint8_t marker[] = {0xFF, code};
  return static_cast<std::size_t>(
      std::search(jpeg.begin(), jpeg.end(), std::begin(marker), std::end(marker)) - jpeg.begin());
}

// The JPEG with the size in its frame header replaced.
inline Bytes with_jpeg_size(Bytes jpeg, int width, int height) {
  const std::size_t frame = std::min(find_marker(jpeg, 0xC0), find_marker(jpeg, 0xC2));
  jpeg[frame + 5] = static_cast<std::uint8_t>(height >> 8);
  jpeg[frame + 6] = static_cast<std::uint8_t>(height);
  jpeg[frame + 7] = static_cast<std::uint8_t>(width >> 8);
  jpeg[frame + 8] = static_cast<std::uint8_t>(width);
  return jpeg;
}

// A PNG chunk; `crc` is its checksum, which the reading of headers does not check.
inline Bytes png_chunk(std::string_view type, const Bytes& data, std::uint32_t crc = 0) {
  const auto put = [](Bytes& bytes, std::size_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) {
      bytes.push_back(static_cast<std::uint8_t>(value >> shift));
    }
  };
  Bytes chunk;
  put(chunk, data.size());
  chunk.insert(chunk.end(), type.begin(), type.end());
  chunk.insert(chunk.end(), data.begin(), data.end());
  put(chunk, crc);
  return chunk;
}

constexpr std::size_t kAfterIhdr = 33;  // the signature and the IHDR chunk of a PNG

}  // namespace imagemill::imaging::testing
