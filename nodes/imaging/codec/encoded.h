// An image file in memory, as it is read and as it will be written.
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

// dzi, the descriptor of a deep zoom pyramid, is only ever written.
enum class Format { jpeg, png, dzi };

std::string_view format_name(Format format);       // "jpeg", "png", "dzi"
std::string_view format_extension(Format format);  // what a file name ends in: "jpg"
std::vector<std::string> format_extensions();      // of the formats that are read
// The format whose usual file extension (any case, no dot) this is: jpg jpeg jpe jfif, png apng.
std::optional<Format> format_of_extension(std::string_view extension);
// The kind of picture that a file with such an extension (any case, no dot) is taken for, whether
// it can be read or not: "JPEG", "WebP"; empty for what is none. Static storage.
std::string_view kind_of_extension(std::string_view extension);

// A whole file's bytes. Copies share them.
struct Encoded {
  static constexpr std::string_view kTypeName = "encoded";
  static constexpr auto kJoinRun = &BufferPool::join_run;
  SharedBytes bytes;
  Format format = Format::jpeg;
  std::size_t byte_size() const { return bytes ? bytes->size() : 0; }
  std::span<const std::uint8_t> file_bytes() const {
    return bytes ? std::span<const std::uint8_t>(*bytes) : std::span<const std::uint8_t>();
  }
};

// Limits that hold before and while a file is decoded. Both defaults refuse no real photograph.
struct DecodeLimits {
  std::int64_t max_pixels = 178'956'970;  // width × height, checked before anything is allocated
  int max_scans = 100;                    // of a progressive JPEG, checked while it is decoded
  GiveUp give_up = nullptr;
  // Told why the file's colour profile is not used, if it has one that is not; null: nobody is.
  std::function<void(std::string why)> profile_dropped = nullptr;
};

// What a file's header says.
struct Header {
  Format format = Format::jpeg;
  Size size;            // as stored, orientation not applied
  int orientation = 1;  // EXIF, 1 to 8
  std::vector<ExifText> exif;
  PixelFormat
      pixels;  // what decoding yields: palettes expanded, CMYK as RGB, `bits` as stored (8 or 16)
  // Scanned more than once: a progressive JPEG, an interlaced PNG.
  bool multi_pass = false;
  // Upper bound of what the codec itself allocates to decode this file, its output not counted.
  // A progressive JPEG keeps all its coefficients; chunks and markers that may be kept are
  // included.
  std::size_t codec_bytes = 0;
  // Upper bound of the profile that the decoded picture may carry; 0: it carries none.
  std::size_t profile_bytes = 0;

  Size oriented_size() const { return orientation >= 5 ? Size{size.height, size.width} : size; }
};

// The format whose signature `head` opens with (JPEG: FF D8 FF; PNG: its eight bytes), or nothing.
// Eight bytes are enough.
std::optional<Format> sniff(std::span<const std::uint8_t> head);

// Reads the header from the file's first bytes. Empty when `head` ends before the header does: call
// again with more. `head` being the whole file, empty means a truncated file. Faults: not_an_image,
// corrupt, unsupported, too_many_pixels. Allocates some 50 KiB at most, whatever the header claims.
Result<std::optional<Header>> read_header(std::span<const std::uint8_t> head,
                                          const DecodeLimits& limits);

// Takes out of `head`, of which read_header wants more, what it does not look into. What is left
// reads as before once the file's next bytes are appended, of which the first ones, as many as this
// returns, are to be left out: they belong to what was taken out.
std::uint64_t drop_unread(Bytes& head);

// What of a header is looked into must end within so many bytes.
inline constexpr std::size_t kLongestHeader = std::size_t{16} << 20;

}  // namespace imagemill::imaging
