#include <algorithm>
#include <array>

#include <zlib.h>

#include "nodes/imaging/exif.h"
#include "nodes/imaging/header_readers.h"
#include "nodes/imaging/libpng.h"
#include "nodes/imaging/png.h"

namespace imagemill::imaging {
namespace {

using Span = std::span<const std::uint8_t>;

std::uint32_t u32(Span bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 |
         std::uint32_t{bytes[2]} << 8 | bytes[3];
}

constexpr std::uint32_t chunk_type(const char (&name)[5]) {
  return static_cast<std::uint32_t>(name[0]) << 24 | static_cast<std::uint32_t>(name[1]) << 16 |
         static_cast<std::uint32_t>(name[2]) << 8 | static_cast<std::uint32_t>(name[3]);
}

struct Ihdr {
  std::uint32_t width;
  std::uint32_t height;
  int bits;
  int colour;
  int compression;
  int filter;
  int interlace;

  explicit Ihdr(Span data)
      : width(u32(data)),
        height(u32(data.subspan(4))),
        bits(data[8]),
        colour(data[9]),
        compression(data[10]),
        filter(data[11]),
        interlace(data[12]) {}

  bool valid_size() const {
    return width > 0 && height > 0 && width <= PNG_UINT_31_MAX && height <= PNG_UINT_31_MAX;
  }
  bool valid() const { return valid_format() && compression == 0 && filter == 0 && interlace <= 1; }

  PixelFormat pixels(bool transparency) const {
    const int colours = colour & PNG_COLOR_MASK_COLOR ? 3 : 1;
    const bool alpha = (colour & PNG_COLOR_MASK_ALPHA) != 0 || transparency;
    return {colours + (alpha ? 1 : 0), bits == 16 ? 16 : 8};
  }

 private:
  bool valid_format() const {
    switch (colour) {
      case PNG_COLOR_TYPE_GRAY:
        return bits == 1 || bits == 2 || bits == 4 || bits == 8 || bits == 16;
      case PNG_COLOR_TYPE_PALETTE:
        return bits == 1 || bits == 2 || bits == 4 || bits == 8;
      case PNG_COLOR_TYPE_RGB:
      case PNG_COLOR_TYPE_GRAY_ALPHA:
      case PNG_COLOR_TYPE_RGB_ALPHA:
        return bits == 8 || bits == 16;
      default:
        return false;
    }
  }
};

// Size of the profile in an iCCP chunk as it states itself, which libpng holds it to; 0 where it
// cannot be read. Expands its first bytes only.
std::size_t profile_bytes(Span chunk) {
  constexpr std::size_t kLongestName = 79;
  const Span name = chunk.first(std::min(chunk.size(), kLongestName + 1));
  const auto ends = static_cast<std::size_t>(std::find(name.begin(), name.end(), 0) - name.begin());
  constexpr std::size_t kAfterName = 2;  // a NUL, and the method of compression
  if (chunk.size() <= ends + kAfterName) return 0;
  const Span data = chunk.subspan(ends + kAfterName);
  std::array<std::uint8_t, 4> stated{};
  z_stream stream{};
  stream.next_in = const_cast<Bytef*>(data.data());  // zlib only reads it
  stream.avail_in = static_cast<uInt>(data.size());
  stream.next_out = stated.data();
  stream.avail_out = static_cast<uInt>(stated.size());
  if (inflateInit(&stream) != Z_OK) return kMaxPngChunk;
  inflate(&stream, Z_SYNC_FLUSH);
  inflateEnd(&stream);
  if (stream.avail_out > 0) return 0;
  return std::min<std::size_t>(u32(stated), kMaxPngChunk);
}

// libpng's structures, zlib's window, the IDAT buffer; two rows, a pointer to each row of the
// picture; the profile as libpng keeps it and as it is handed on.
std::size_t png_bytes(Size size, PixelFormat pixels, std::size_t profile) {
  const std::size_t row = (static_cast<std::size_t>(size.width) + 16) * pixels.bytes_per_pixel();
  return (std::size_t{96} << 10) + 2 * row + sizeof(void*) * static_cast<std::size_t>(size.height) +
         2 * profile;
}

}  // namespace

Result<std::optional<Header>> read_png_header(Span head, const DecodeLimits& limits) {
  constexpr std::size_t kSignature = 8;
  constexpr std::size_t kBeforeData = 8;  // length and type
  constexpr std::size_t kAfterData = 4;   // CRC
  constexpr std::size_t kIhdrLength = 13;
  const std::optional<Header> more;
  if (head.size() < kSignature + kBeforeData + kIhdrLength) return more;
  Span rest = head.subspan(kSignature);
  if (u32(rest) != kIhdrLength || u32(rest.subspan(4)) != chunk_type("IHDR")) {
    return fault("corrupt", "PNG: the file does not begin with an IHDR chunk");
  }
  const Ihdr ihdr(rest.subspan(kBeforeData));
  if (!ihdr.valid_size()) return fault("corrupt", "PNG: invalid size in the IHDR chunk");
  if (auto over = check_pixels(ihdr.width, ihdr.height, limits)) return tl::make_unexpected(*over);
  if (!ihdr.valid()) return fault("corrupt", "PNG: invalid IHDR chunk");
  if (ihdr.width > kMaxPngSide || ihdr.height > kMaxPngSide) {
    return fault("unsupported", "PNG: a side over 1000000 pixels");
  }

  Header header;
  header.format = Format::png;
  header.size = {static_cast<int>(ihdr.width), static_cast<int>(ihdr.height)};
  header.multi_pass = ihdr.interlace != 0;
  bool transparency = false;
  while (true) {
    if (rest.size() < kBeforeData) return more;
    const std::size_t length = u32(rest);
    const std::uint32_t type = u32(rest.subspan(4));
    if (type == chunk_type("IDAT")) break;
    if (type == chunk_type("IEND")) return fault("corrupt", "PNG: no IDAT chunk");
    if (length > kMaxPngChunk) return fault("corrupt", "PNG: a chunk over 8 MB");
    if (rest.size() < kBeforeData + length + kAfterData) return more;
    const Span data = rest.subspan(kBeforeData, length);
    if (type == chunk_type("tRNS")) transparency = true;
    if (type == chunk_type("eXIf")) {
      header.orientation = exif_orientation(data);
      header.exif = exif_texts(data);
    }
    if (type == chunk_type("iCCP")) {
      header.profile_bytes = std::max(header.profile_bytes, profile_bytes(data));
    }
    rest = rest.subspan(kBeforeData + length + kAfterData);
  }
  header.pixels = ihdr.pixels(transparency);
  header.codec_bytes = png_bytes(header.size, header.pixels, header.profile_bytes);
  return header;
}

}  // namespace imagemill::imaging
