// Encoded image files in memory, and their headers.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nodes/imaging/codec/exif.h"
#include "nodes/imaging/pixels/image.h"
#include "nodes/imaging/pixels/result.h"

namespace imagemill::imaging {

struct Codec;  // codec.h

// A whole file's bytes, of any format. Copies share them.
struct Encoded {
  static constexpr std::string_view kTypeName = "encoded";
  static constexpr auto kJoinRun = &BufferPool::join_run;
  SharedBytes bytes;
  std::size_t byte_size() const { return bytes ? bytes->size() : 0; }
  std::span<const std::uint8_t> file_bytes() const {
    return bytes ? std::span<const std::uint8_t>(*bytes) : std::span<const std::uint8_t>();
  }
};

// Limits checked before and during decoding. Both default limits refuse no real photograph.
struct DecodeLimits {
  std::int64_t max_pixels = 178'956'970;  // width × height, checked before anything is allocated
  int max_scans = 100;                    // of a progressive JPEG, checked while it is decoded
  GiveUp give_up = nullptr;
  // Called with the reason if the file's colour profile is not used; null skips the call.
  std::function<void(std::string why)> profile_dropped = nullptr;
};

// Facts from a file's header.
struct Header {
  const Codec* codec = nullptr;  // set by read_header, in codecs()
  Size size;                     // as stored, orientation not applied
  int orientation = 1;           // EXIF, 1 to 8
  std::vector<ExifText> exif;
  PixelFormat
      pixels;  // what decoding yields: palettes expanded, CMYK as RGB, `bits` as stored (8 or 16)
  // Whether the pixels come in several passes: a progressive JPEG, an interlaced PNG.
  bool multi_pass = false;
  // Upper bound of what the codec allocates to decode this file, in bytes, its output not counted.
  // Includes the coefficients that a progressive JPEG keeps, and chunks and markers that may be
  // kept.
  std::size_t codec_bytes = 0;
  // Upper bound of the decoded picture's profile, in bytes; 0 if it carries no profile.
  std::size_t profile_bytes = 0;

  Size oriented_size() const { return orientation >= 5 ? Size{size.height, size.width} : size; }
};

// Reads the header from the file's first bytes. nullopt if `head` ends before the header does: call
// again with more bytes. If `head` is the whole file, nullopt means a truncated file. Faults:
// not_an_image, corrupt, unsupported, too_many_pixels. Allocates some 50 KiB at most, whatever the
// header claims.
Result<std::optional<Header>> read_header(std::span<const std::uint8_t> head,
                                          const DecodeLimits& limits);

// Removes the parts of an incomplete header that read_header does not look into. Returns how many
// of the next bytes of the file belong to a removed part. Skip that many before appending to
// `head`; read_header then reads `head` as before. Requires: read_header wants more than `head`.
std::uint64_t drop_unread(Bytes& head);

// Longest header, in bytes: the parts that read_header looks into must end before.
inline constexpr std::size_t kLongestHeader = std::size_t{16} << 20;

}  // namespace imagemill::imaging
