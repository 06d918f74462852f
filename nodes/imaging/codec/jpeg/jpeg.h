// JPEG, by libjpeg-turbo.
#pragma once

#include <memory>
#include <span>

#include "nodes/imaging/codec/encoded.h"
#include "nodes/imaging/pixels/image.h"
#include "nodes/imaging/pixels/result.h"

namespace imagemill::imaging {

// Decodes one file after another, each as if it were the first: nothing of a file (tables!) reaches
// the next. Not thread-safe: one for each thread.
class JpegDecoder {
 public:
  JpegDecoder();
  ~JpegDecoder();
  JpegDecoder(JpegDecoder&&) noexcept;
  JpegDecoder& operator=(JpegDecoder&&) noexcept;

  // Decodes `file` at 1/denominator of its size (1, 2, 4 or 8; sizes round up), not yet oriented.
  // Gray stays gray (1 channel), everything else becomes 8-bit RGB: CMYK and YCCK through the
  // embedded profile to sRGB with lcms2, else by the fixed formula R = C·K/255 of inverted (Adobe)
  // CMYK. An RGB or gray profile that fits the pixels is carried; others are dropped.
  // full_size() and cover() describe the shrinking.
  // `memory_limit` caps what libjpeg itself may allocate, in bytes; 0 is no limit.
  // Faults: not_an_image, corrupt, truncated (the data ends before the picture does), unsupported,
  // too_many_pixels, too_many_scans, out_of_memory, interrupted. Lost data is corrupt or truncated,
  // as soon as it is met; a missing end marker, unusual parameters and bytes between segments are
  // no faults, nor are scans that a file with an end marker leaves out, if all of the picture
  // shows. Arithmetic code does not tell that its data ends too early. Samples that reach beyond
  // the edge of a shrunk picture are limited (shrunk_edge.h). Cost: dominated by entropy decoding
  // of the whole file, whatever the denominator.
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

  // Requires: 8 bits, 1 or 3 channels (see flatten and to_8_bit in colour.h). The profile is
  // embedded. Faults: unsupported (a side over 65,500 pixels), interrupted.
  Result<Bytes> encode(const Image& image, const JpegOptions& options);

  // Upper bounds for a picture of this size and format with a profile of so many bytes, in bytes:
  // of what is returned, and of what encoding allocates beside it.
  static std::size_t output_bound(Size size, PixelFormat format, const JpegOptions& options,
                                  std::size_t profile_bytes = 0);
  static std::size_t scratch_bound(Size size, PixelFormat format, const JpegOptions& options,
                                   std::size_t profile_bytes = 0);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace imagemill::imaging
