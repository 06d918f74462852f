// encode: turns pixels into a file's bytes.
#include <algorithm>
#include <map>

#include "engine/node/registry.h"
#include "nodes/imaging/codec/codec_table.h"
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

using imaging::Codec;

// Kinds of the formats that encode and for which `is_meant` holds: "JPEG or PNG".
template <class Predicate>
std::string kinds_where(const Predicate& is_meant) {
  std::vector<const Codec*> codecs = imaging::codecs().writable();
  std::erase_if(codecs, [&](const Codec* codec) { return !is_meant(*codec); });
  return imaging::kinds_of(codecs, " or ");
}

std::string kinds_with(std::string_view option) {
  return kinds_where([&](const Codec& codec) {
    return std::find(codec.options.begin(), codec.options.end(), option) != codec.options.end();
  });
}

struct Encode {
  const Codec* format = default_format();
  int quality = imaging::EncodeOptions{}.quality;
  imaging::Subsampling subsampling = imaging::Subsampling::s420;
  bool progressive = false;
  imaging::Rgb background{255, 255, 255};
  int level = imaging::EncodeOptions{}.level;

  struct Scratch {
    std::map<const Codec*, std::unique_ptr<imaging::Encoder>> encoders;
  };

  static void describe(NodeSchema<Encode>& s) {
    s.summary("Encodes an image. A colour profile is embedded; there is no other metadata.");
    s.param("format", &Encode::format, "File format.");
    s.param("quality", &Encode::quality, "Quality of a " + kinds_with("quality") + ".",
            between(1, 100));
    s.param("subsampling", &Encode::subsampling,
            "Chroma of a " + kinds_with("subsampling") +
                ": at half resolution both ways, one way, or not.");
    s.param("progressive", &Encode::progressive,
            "Whether a " + kinds_with("progressive") +
                " is progressive: shown coarse to fine; smaller, and slower to encode.");
    s.param("background", &Encode::background, "Colour of a " + kinds_where([](const Codec& codec) {
                                                 return !codec.carries.alpha;
                                               }) + " where the image is transparent.");
    s.param("level", &Encode::level,
            "zlib's effort for a " + kinds_with("level") + ", 0 (none) to 9 (smallest).",
            between(0, 9));
    s.example("encode: {type: encode, in: resize, format: jpeg, quality: 85}");
  }

  imaging::EncodeOptions options() const {
    return {
        .quality = quality, .subsampling = subsampling, .progressive = progressive, .level = level};
  }

  std::vector<std::string> extensions() const { return {std::string(format->extension())}; }

  // What the format keeps of such pixels.
  imaging::PixelFormat kept(imaging::PixelFormat pixels) const {
    if (!format->carries.deep) pixels.bits = 8;
    if (!format->carries.alpha && pixels.has_alpha()) {
      pixels.channels = pixels.is_gray() && background.is_gray() ? 1 : 3;
    }
    return pixels;
  }

  Result<Plan> plan(const Facts& in, const Demand&) const {
    const imaging::Size size{static_cast<int>(in.pixel_width), static_cast<int>(in.pixel_height)};
    const imaging::PixelFormat given{in.channels, in.bits};
    const imaging::PixelFormat pixels = kept(given);
    const imaging::EncodeBounds bounds =
        format->encode_bounds(size, pixels, options(), in.profile_bytes);
    Plan plan{.out = in};
    plan.out.format = format->name;
    plan.out.extension = format->extension();
    plan.out.channels = pixels.channels;
    plan.out.bits = pixels.bits;
    plan.out.bytes = bounds.file;
    plan.scratch_bytes = bounds.scratch;
    if (pixels != given) {
      // Flattening or rounding holds the image twice.
      plan.scratch_bytes +=
          imaging::Image::byte_size(size, pixels) +
          imaging::Image::byte_size(size, {given.is_gray() ? 4 : given.channels, given.bits});
    }
    if (given.is_gray() && !pixels.is_gray()) {
      plan.scratch_bytes += imaging::to_rgb_bytes(in.profile_bytes);
    }
    return plan;
  }

  Result<imaging::Encoded> process(imaging::Image image, Scratch& scratch, const Call& call) const {
    const auto drop_profile = [&](std::string why) {
      call.losses.add(kProfileDropped, std::move(why));
    };
    if (!format->carries.deep) image = imaging::to_8_bit(std::move(image));
    if (!format->carries.alpha) image = imaging::flatten(std::move(image), background);
    if (!format->carries.profile && image.icc()) {
      drop_profile("a " + std::string(format->kind) + " holds no profile");
    }
    imaging::EncodeOptions asked = options();
    asked.give_up = [&] { return call.cancellation.is_requested(); };
    asked.profile_dropped = drop_profile;
    std::unique_ptr<imaging::Encoder>& encoder = scratch.encoders[format];
    if (!encoder) encoder = format->make_encoder();
    auto bytes = encoder->encode(image, asked);
    if (!bytes) return tl::make_unexpected(Error(std::move(bytes.error())));
    return imaging::Encoded{std::make_shared<const imaging::Bytes>(std::move(*bytes))};
  }
};

IMAGEMILL_REGISTER_NODE("encode", Encode);

}  // namespace
}  // namespace imagemill
