#include "nodes/imaging/codec/jpeg/jpeg.h"

#include "nodes/imaging/codec/jpeg/jpeg_header.h"

namespace imagemill::imaging {

Codec jpeg_codec() {
  return {
      .name = "jpeg",
      .kind = "JPEG",
      .extensions = {"jpg", "jpeg", "jpe", "jfif"},
      .opens = opens_jpeg,
      .read_header = read_jpeg_header,
      .drop_unread = drop_unread_jpeg_segments,
      .make_decoder = []() -> std::unique_ptr<Decoder> { return std::make_unique<JpegDecoder>(); },
      .denominators = {1, 2, 4, 8},
      .make_encoder = []() -> std::unique_ptr<Encoder> { return std::make_unique<JpegEncoder>(); },
      .carries = {.profile = true},
      .options = {"quality", "subsampling", "progressive"},
      .encode_bounds = JpegEncoder::bounds,
  };
}

}  // namespace imagemill::imaging
