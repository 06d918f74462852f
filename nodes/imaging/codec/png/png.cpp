#include "nodes/imaging/codec/png/png.h"

#include "nodes/imaging/codec/png/png_header.h"
#include "nodes/imaging/pixels/colour.h"

namespace imagemill::imaging {
namespace {

class PngDecoder final : public Decoder {
 public:
  Result<Image> decode(std::span<const std::uint8_t> file, int /*denominator*/,
                       const DecodeLimits& limits, std::size_t /*memory_limit*/) override {
    return decode_png(file, limits, &tried_);
  }

 private:
  TriedProfile tried_;
};

class PngEncoder final : public Encoder {
 public:
  Result<Bytes> encode(const Image& image, const EncodeOptions& options) override {
    return encode_png(image, options);
  }
};

}  // namespace

Codec png_codec() {
  return {
      .name = "png",
      .kind = "PNG",
      .extensions = {"png", "apng"},
      .opens = opens_png,
      .read_header = read_png_header,
      .drop_unread = drop_unread_png_chunks,
      .make_decoder = []() -> std::unique_ptr<Decoder> { return std::make_unique<PngDecoder>(); },
      .make_encoder = []() -> std::unique_ptr<Encoder> { return std::make_unique<PngEncoder>(); },
      .carries = {.alpha = true, .deep = true, .profile = true},
      .options = {"level"},
      .encode_bounds = png_bounds,
  };
}

}  // namespace imagemill::imaging
