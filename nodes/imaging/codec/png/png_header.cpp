#include "nodes/imaging/codec/png/png_header.h"

#include <algorithm>
#include <array>
#include <new>

#include <zlib.h>

#include "nodes/imaging/bytes/big_endian.h"
#include "nodes/imaging/codec/exif.h"
#include "nodes/imaging/codec/header_parts.h"
#include "nodes/imaging/codec/png/libpng.h"
#include "nodes/imaging/pixels/colour.h"

namespace imagemill::imaging {
namespace {

using Span = std::span<const std::uint8_t>;

constexpr std::string_view kSignature = "\x89PNG\r\n\x1A\n";
constexpr std::size_t kBeforeData = 8;  // length and type
constexpr std::size_t kAfterData = 4;   // CRC
constexpr std::size_t kIhdrLength = 13;

struct Ihdr {
  std::uint32_t width;
  std::uint32_t height;
  int bits;
  int colour;
  int compression;
  int filter;
  int interlace;

  explicit Ihdr(Span data)
      : width(u32_at(data, 0)),
        height(u32_at(data, 4)),
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

// Bytes that decoding allocates: libpng's structures, zlib's window, the IDAT buffer, two rows, and
// a pointer to each row of the picture. The profile counts as libpng keeps it, as it is handed on,
// and while it is tried.
std::size_t png_bytes(Size size, PixelFormat pixels, std::size_t profile) {
  const std::size_t row = (static_cast<std::size_t>(size.width) + 16) * pixels.bytes_per_pixel();
  return (std::size_t{96} << 10) + 2 * row + sizeof(void*) * static_cast<std::size_t>(size.height) +
         2 * profile + (pixels.is_gray() ? to_rgb_bytes(profile) : 0);
}

// Upper bound of the profile in an iCCP chunk, in bytes, at least 1: the size in the profile's
// first bytes, which libpng enforces. If that size cannot be read, libpng refuses the profile.
std::size_t profile_bytes(Span chunk) {
  constexpr std::size_t kMethod = 2;  // the zero behind the name, and the compression method
  const auto name_end = std::find(chunk.begin(), chunk.end(), 0);
  const std::size_t begin = static_cast<std::size_t>(name_end - chunk.begin()) + kMethod;
  if (begin >= chunk.size()) return 1;
  std::array<std::uint8_t, 4> size{};
  z_stream zlib{};
  zlib.next_in = const_cast<Bytef*>(chunk.data() + begin);  // zlib only reads it
  zlib.avail_in = static_cast<uInt>(chunk.size() - begin);
  zlib.next_out = size.data();
  zlib.avail_out = size.size();
  if (inflateInit(&zlib) != Z_OK) throw std::bad_alloc();
  inflate(&zlib, Z_SYNC_FLUSH);
  inflateEnd(&zlib);
  return std::clamp<std::size_t>(u32_at(size, 0), 1, kMaxPngChunk);
}

// A chunk whose length and type are in `head`.
struct Chunk {
  std::size_t begin;
  std::size_t length;  // of its data
  std::uint32_t type;

  std::size_t end() const { return begin + kBeforeData + length + kAfterData; }
  bool is_whole_in(Span head) const { return end() <= head.size(); }
  bool is(const char (&name)[5]) const { return type == four_letters(name); }
  bool decides_on_alpha() const { return is("IHDR") || is("PLTE") || is("tRNS"); }
  // Whether the header reader needs the chunk, for the header or for the decoder's memory.
  bool is_read() const { return decides_on_alpha() || is("eXIf") || is("iCCP"); }
};

// The chunk at `begin`; nullopt if its length and type are not in `head`.
std::optional<Chunk> chunk_at(Span head, std::size_t begin) {
  if (begin > head.size() || head.size() - begin < kBeforeData) return std::nullopt;
  return Chunk{begin, u32_at(head, begin), u32_at(head, begin + 4)};
}

// Asks libpng whether a picture has an alpha channel once it is expanded. libpng ignores a tRNS
// chunk that is wrong or out of place.
class AlphaReader {
 public:
  // `chunks` are whole, from IHDR on.
  explicit AlphaReader(Span chunks) : chunks_(chunks) {}
  ~AlphaReader() { png_destroy_read_struct(&png_, &info_, nullptr); }
  AlphaReader(const AlphaReader&) = delete;
  AlphaReader& operator=(const AlphaReader&) = delete;

  Result<bool> read() {
    const bool read = guarded(errors_.escape, [&] {
      png_ = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, &errors_, PngErrors::on_error,
                                      PngErrors::on_warning, &errors_, PngErrors::allocate,
                                      PngErrors::release);
      if (png_ != nullptr) info_ = png_create_info_struct(png_);
      if (info_ == nullptr) {
        errors_.out_of_memory = true;
        errors_.escape.leave();
      }
      png_set_user_limits(png_, kMaxPngSide, kMaxPngSide);
      png_set_sig_bytes(png_, kSignature.size());
      png_set_read_fn(png_, this, give);
      png_read_info(png_, info_);
      png_set_expand(png_);
      png_read_update_info(png_, info_);
    });
    if (errors_.out_of_memory) return fault("out_of_memory", "no memory to read the PNG's header");
    if (!read) return fault("corrupt", errors_.message.data());
    return (png_get_color_type(png_, info_) & PNG_COLOR_MASK_ALPHA) != 0;
  }

 private:
  // Supplies the deciding chunks, then the beginning of an IDAT chunk, where libpng stops.
  static void give(png_structp png, png_bytep to, std::size_t count) {
    static constexpr std::uint8_t kIdat[kBeforeData] = {0, 0, 0, 0, 'I', 'D', 'A', 'T'};
    auto& self = *static_cast<AlphaReader*>(png_get_io_ptr(png));
    while (self.given_.empty()) {
      const auto chunk = chunk_at(self.chunks_, self.at_);
      if (chunk && chunk->decides_on_alpha()) {
        self.given_ = self.chunks_.subspan(self.at_, chunk->end() - self.at_);
      } else if (!chunk) {
        self.given_ = kIdat;
      }
      if (chunk) self.at_ = chunk->end();
    }
    if (count > self.given_.size()) png_error(png, "a chunk that ends too early");
    std::copy_n(self.given_.begin(), count, to);
    self.given_ = self.given_.subspan(count);
  }

  PngErrors errors_;
  Span chunks_;
  std::size_t at_ = 0;  // offset of the next chunk in chunks_
  Span given_;          // bytes that libpng has yet to take
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
};

// Profiles of a file that are looked into; libpng takes the first good one.
constexpr std::size_t kMostProfiles = 16;

// Chunks before the pixels.
struct PngParts {
  Ihdr ihdr;
  Span before_pixels;                       // from IHDR on
  Span exif;                                // the first
  std::array<Span, kMostProfiles> profile;  // the first ones
  std::size_t profiles = 0;
  bool transparency = false;
};

// The parts before the pixels; nullopt if `head` ends before the pixels.
Result<std::optional<PngParts>> find_parts(Span head, const DecodeLimits& limits) {
  const std::optional<PngParts> more;
  if (head.size() < kSignature.size() + kBeforeData + kIhdrLength) return more;
  std::optional<Chunk> chunk = chunk_at(head, kSignature.size());
  if (chunk->length != kIhdrLength || !chunk->is("IHDR")) {
    return fault("corrupt", "PNG: the file does not begin with an IHDR chunk");
  }
  const Ihdr ihdr(head.subspan(kSignature.size() + kBeforeData));
  if (!ihdr.valid_size()) return fault("corrupt", "PNG: invalid size in the IHDR chunk");
  if (auto over = check_pixels(ihdr.width, ihdr.height, limits)) return tl::make_unexpected(*over);
  if (!ihdr.valid()) return fault("corrupt", "PNG: invalid IHDR chunk");
  if (ihdr.width > kMaxPngSide || ihdr.height > kMaxPngSide) {
    return fault("unsupported", "PNG: a side over 1000000 pixels");
  }

  PngParts parts{.ihdr = ihdr, .before_pixels = {}, .exif = {}, .profile = {}};
  for (; chunk && !chunk->is("IDAT"); chunk = chunk_at(head, chunk->end())) {
    if (chunk->is("IEND")) return fault("corrupt", "PNG: no IDAT chunk");
    if (chunk->length > PNG_UINT_31_MAX) return fault("corrupt", "PNG: a chunk over 2 GiB");
    if (chunk->is_read() && chunk->length > kMaxPngChunk) {
      return fault("corrupt", "PNG: a chunk over 8 MB");
    }
    if (!chunk->is_whole_in(head)) return more;
    const Span data = head.subspan(chunk->begin + kBeforeData, chunk->length);
    if (chunk->is("tRNS")) parts.transparency = true;
    if (chunk->is("eXIf") && parts.exif.empty()) parts.exif = data;
    if (!chunk->is("iCCP")) continue;
    if (parts.profiles < kMostProfiles) parts.profile[parts.profiles] = data;
    ++parts.profiles;
  }
  if (!chunk) return more;
  parts.before_pixels = head.subspan(kSignature.size(), chunk->begin - kSignature.size());
  return parts;
}

}  // namespace

bool opens_png(Span head) { return starts_with(head, kSignature); }

Result<std::optional<Header>> read_png_header(Span head, const DecodeLimits& limits) {
  const auto found = find_parts(head, limits);
  if (!found) return tl::make_unexpected(found.error());
  if (!*found) return std::optional<Header>();
  const PngParts& parts = **found;
  const Ihdr& ihdr = parts.ihdr;
  Header header;
  header.size = {static_cast<int>(ihdr.width), static_cast<int>(ihdr.height)};
  header.multi_pass = ihdr.interlace != 0;
  header.orientation = exif_orientation(parts.exif);
  header.exif = exif_texts(parts.exif);
  for (std::size_t i = 0; i < std::min(parts.profiles, kMostProfiles); ++i) {
    header.profile_bytes = std::max(header.profile_bytes, profile_bytes(parts.profile[i]));
  }
  if (parts.profiles > kMostProfiles) header.profile_bytes = kMaxPngChunk;
  bool transparency = parts.transparency;
  if (transparency) {
    const auto alpha = AlphaReader(parts.before_pixels).read();
    if (!alpha) return tl::make_unexpected(alpha.error());
    transparency = *alpha;
  }
  header.pixels = ihdr.pixels(transparency);
  header.codec_bytes = png_bytes(header.size, header.pixels, header.profile_bytes);
  return header;
}

Result<std::optional<PngSummary>> check_png_header(Span head, const DecodeLimits& limits) {
  const auto found = find_parts(head, limits);
  if (!found) return tl::make_unexpected(found.error());
  if (!*found) return std::optional<PngSummary>();
  return PngSummary{.has_profile = (*found)->profiles > 0};
}

std::uint64_t drop_unread_png_chunks(Bytes& head) {
  return drop_parts(head, kSignature.size(), [&](std::size_t at) -> std::optional<HeaderPart> {
    const auto chunk = chunk_at(head, at);
    if (!chunk || chunk->is("IDAT") || chunk->is("IEND")) return std::nullopt;
    return HeaderPart{chunk->end(), chunk->is_read()};
  });
}

}  // namespace imagemill::imaging
