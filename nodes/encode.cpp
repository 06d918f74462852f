// encode: turns pixels into a file's bytes.
#include "engine/node/registry.h"
#include "nodes/imaging/codec/jpeg/jpeg.h"
#include "nodes/imaging/codec/png/png.h"
#include "nodes/imaging/pixels/colour.h"
#include "nodes/losses.h"
#include "nodes/parameters.h"

namespace imagemill {

template <>
struct EnumNames<imaging::Subsampling> {
  using enum imaging::Subsampling;
  static constexpr std::array<std::pair<std::string_view, imaging::Subsampling>, 3> values = {
      {{"4:2:0", s420}, {"4:2:2", s422}, {"4:4:4", s444}}};
};

namespace {

struct Encode {
  imaging::Format format = imaging::Format::jpeg;
  int quality = imaging::JpegOptions{}.quality;
  imaging::Subsampling subsampling = imaging::Subsampling::s420;
  bool progressive = false;
  imaging::Rgb background{255, 255, 255};
  int level = imaging::PngOptions{}.level;

  struct Scratch {
    imaging::JpegEncoder jpeg;
  };

  static void describe(NodeSchema<Encode>& s) {
    s.summary("Encodes an image. A colour profile is embedded; there is no other metadata.");
    s.param("format", &Encode::format, "File format.");
    s.param("quality", &Encode::quality, "Quality of a JPEG.", between(1, 100));
    s.param("subsampling", &Encode::subsampling,
            "Chroma of a JPEG: at half resolution both ways, one way, or not.");
    s.param("progressive", &Encode::progressive,
            "Whether a JPEG is progressive: shown coarse to fine; smaller, and slower to "
            "encode.");
    s.param("background", &Encode::background, "Colour of a JPEG where the image is transparent.");
    s.param("level", &Encode::level, "zlib's effort for a PNG, 0 (none) to 9 (smallest).",
            between(0, 9));
    s.example("encode: {type: encode, in: resize, format: jpeg, quality: 85}");
  }

  imaging::JpegOptions jpeg_options(imaging::GiveUp give_up = nullptr) const {
    return {.quality = quality,
            .subsampling = subsampling,
            .progressive = progressive,
            .give_up = std::move(give_up)};
  }

  std::vector<std::string> extensions() const {
    return {std::string(imaging::format_extension(format))};
  }

  Result<Plan> plan(const Facts& in, const Demand&) const {
    const imaging::Size size{static_cast<int>(in.pixel_width), static_cast<int>(in.pixel_height)};
    const bool jpeg = format == imaging::Format::jpeg;
    Plan plan{.out = in};
    plan.out.format = imaging::format_name(format);
    plan.out.extension = imaging::format_extension(format);
    if (jpeg) {
      // Flattening or rounding holds the image twice.
      const bool gray = in.channels == 1 || (in.channels == 2 && background.is_gray());
      const imaging::PixelFormat flat{gray ? 1 : 3, 8};
      if (in.bits != 8 || in.channels % 2 == 0) {
        plan.scratch_bytes =
            imaging::Image::byte_size(size, flat) +
            imaging::Image::byte_size(size, {in.channels <= 2 ? 4 : in.channels, in.bits});
      }
      if (in.channels <= 2 && !gray) plan.scratch_bytes += imaging::to_rgb_bytes(in.profile_bytes);
      plan.out.channels = flat.channels;
      plan.out.bits = flat.bits;
      using Encoder = imaging::JpegEncoder;
      plan.out.bytes = Encoder::output_bound(size, flat, jpeg_options(), in.profile_bytes);
      plan.scratch_bytes += Encoder::scratch_bound(size, flat, jpeg_options(), in.profile_bytes);
    } else {
      const imaging::PixelFormat pixels{in.channels, in.bits};
      plan.out.bytes = imaging::png_output_bound(size, pixels, in.profile_bytes);
      plan.scratch_bytes = imaging::png_scratch_bound(size, pixels, in.profile_bytes) +
                           2 * in.profile_bytes;  // profile copies that libpng holds
    }
    return plan;
  }

  Result<imaging::Encoded> process(imaging::Image image, Scratch& scratch, const Call& call) const {
    const auto give_up = [&] { return call.patience.is_over(); };
    imaging::Result<imaging::Bytes> bytes;
    if (format == imaging::Format::jpeg) {
      image = imaging::flatten(imaging::to_8_bit(std::move(image)), background);
      bytes = scratch.jpeg.encode(image, jpeg_options(give_up));
    } else {
      bytes = imaging::encode_png(
          image, {.level = level, .give_up = give_up, .profile_dropped = [&](std::string why) {
                    call.losses.add(kProfileDropped, std::move(why));
                  }});
    }
    if (!bytes) return tl::make_unexpected(Error(std::move(bytes.error())));
    return imaging::Encoded{std::make_shared<const imaging::Bytes>(std::move(*bytes)), format};
  }
};

IMAGEMILL_REGISTER_NODE("encode", Encode);

}  // namespace
}  // namespace imagemill
