// JPEG, by libjpeg-turbo.
#pragma once

#include <memory>
#include <span>

#include "nodes/imaging/codec/encoded.h"
#include "nodes/imaging/pixels/image.h"
#include "nodes/imaging/pixels/result.h"

namespace imagemill::imaging {

// Decodes one file after another. Nothing of a file, such as its tables, affects the next. Not
// thread-safe: use one for each thread.
class JpegDecoder {
 public:
  JpegDecoder();
  ~JpegDecoder();
  JpegDecoder(JpegDecoder&&) noexcept;
  JpegDecoder& operator=(JpegDecoder&&) noexcept;

  // Decodes `file` at 1/denominator of its size (1, 2, 4 or 8; sizes round up), not yet oriented.
  // full_size() and cover() describe the shrinking. Samples that reach beyond the edge of a shrunk
  // picture are limited (shrunk_edge.h).
  //
  // Gray stays gray (1 channel); everything else becomes 8-bit RGB. CMYK and YCCK go through the
  // embedded profile to sRGB with lcms2. Without a usable profile the fixed formula R = C·K/255 of
  // inverted (Adobe) CMYK applies. An RGB or gray profile that fits the pixels is carried; others
  // are dropped.
  //
  // `memory_limit` caps what libjpeg itself may allocate, in bytes; 0 sets no limit. Cost:
  // dominated by entropy decoding of the whole file, whatever the denominator.
  //
  // Faults: not_an_image, corrupt, truncated (the data ends before the picture does), unsupported,
  // too_many_pixels, too_many_scans, out_of_memory, interrupted. Lost data is corrupt or truncated,
  // reported as soon as it is met. No faults are: a missing end marker, unusual parameters, and
  // bytes between segments. Nor are missing scans, if the file has an end marker and all of the
  // picture shows. Arithmetic coding does not reveal that its data ends too early.
  Result<Image> decode(std::span<const std::uint8_t> file, int denominator,
                       const DecodeLimits& limits, std::size_t memory_limit);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

enum class Subsampling { s420, s422, s444 };

struct JpegOptions {
  int quality = 85;  // 1 to 100, libjpeg's scale
  Subsampling subsampling = Subsampling::s420;
  bool progressive = false;
  GiveUp give_up = nullptr;
};

// Encodes one image after another. Not thread-safe.
class JpegEncoder {
 public:
  JpegEncoder();
  ~JpegEncoder();
  JpegEncoder(JpegEncoder&&) noexcept;
  JpegEncoder& operator=(JpegEncoder&&) noexcept;

  // Encodes `image` and embeds its profile. Requires: 8 bits, 1 or 3 channels (see flatten and
  // to_8_bit in colour.h). Faults: unsupported (a side over 65,500 pixels), interrupted.
  Result<Bytes> encode(const Image& image, const JpegOptions& options);

  // Upper bound of the encoded file, in bytes, for a picture of this size and format with a profile
  // of `profile_bytes`.
  static std::size_t output_bound(Size size, PixelFormat format, const JpegOptions& options,
                                  std::size_t profile_bytes = 0);
  // Upper bound of what encoding allocates beside the file, in bytes, for the same arguments.
  static std::size_t scratch_bound(Size size, PixelFormat format, const JpegOptions& options,
                                   std::size_t profile_bytes = 0);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace imagemill::imaging
