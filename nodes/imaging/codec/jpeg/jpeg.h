// JPEG, by libjpeg-turbo.
#pragma once

#include <memory>
#include <span>

#include "nodes/imaging/codec/codec.h"
#include "nodes/imaging/pixels/image.h"
#include "nodes/imaging/pixels/result.h"

namespace imagemill::imaging {

// The row of the table.
Codec jpeg_codec();

// Keeps the transform of the last profile from file to file.
class JpegDecoder final : public Decoder {
 public:
  JpegDecoder();
  ~JpegDecoder() override;

  // Decodes as Decoder::decode says, by 1, 2, 4 or 8. Samples that reach beyond the edge of a
  // shrunk picture are limited (shrunk_edge.h).
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
                       const DecodeLimits& limits, std::size_t memory_limit) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Keeps the memory of its list of rows.
class JpegEncoder final : public Encoder {
 public:
  JpegEncoder();
  ~JpegEncoder() override;

  // Encodes `image` and embeds its profile. Requires: 8 bits, 1 or 3 channels (see flatten and
  // to_8_bit in colour.h). Faults: unsupported (a side over 65,500 pixels), interrupted.
  // `quality` is on libjpeg's scale.
  Result<Bytes> encode(const Image& image, const EncodeOptions& options) override;

  // As Codec::encode_bounds.
  static EncodeBounds bounds(Size size, PixelFormat format, const EncodeOptions& options,
                             std::size_t profile_bytes);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace imagemill::imaging
