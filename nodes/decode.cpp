// decode: turns a file's bytes into upright pixels.
#include <map>

#include "engine/node/registry.h"
#include "nodes/imaging/codec/codec_table.h"
#include "nodes/imaging/pixels/colour.h"
#include "nodes/imaging/pixels/orient.h"
#include "nodes/losses.h"

namespace imagemill {

enum class Depth { eight, keep };

template <>
struct EnumNames<Depth> {
  static constexpr std::array<std::pair<std::string_view, Depth>, 2> values = {
      {{"8", Depth::eight}, {"keep", Depth::keep}}};
};

namespace {

// What decodes shrunk, and by how much: "a JPEG at 1/2, 1/4 or 1/8".
std::string shrinkings() {
  std::string text;
  for (const imaging::Codec* codec : imaging::codecs().all()) {
    const std::vector<int>& by = codec->denominators;
    if (by.size() == 1) continue;
    text += (text.empty() ? "a " : ", a ") + std::string(codec->kind) + " at ";
    for (std::size_t i = 1; i < by.size(); ++i) {
      text += (i == 1 ? "" : i + 1 == by.size() ? " or " : ", ") + ("1/" + std::to_string(by[i]));
    }
  }
  return text;
}

struct Decode {
  std::int64_t max_pixels = imaging::DecodeLimits{}.max_pixels;
  int max_scans = imaging::DecodeLimits{}.max_scans;
  bool shrink_on_load = true;
  Depth depth = Depth::eight;

  struct Scratch {
    std::map<const imaging::Codec*, std::unique_ptr<imaging::Decoder>> decoders;
  };

  static void describe(NodeSchema<Decode>& s) {
    s.summary("Decodes " + imaging::kinds_of(imaging::codecs().all(), " and ") +
              " and applies the EXIF orientation. CMYK becomes sRGB. An RGB or gray colour profile "
              "is kept; an unusable profile (profile_dropped) and all other metadata are dropped.");
    s.param("max_pixels", &Decode::max_pixels,
            "An image with more pixels (width × height) fails (too_many_pixels).",
            at_least<std::int64_t>(1));
    s.param("max_scans", &Decode::max_scans,
            "A progressive JPEG with more scans fails (too_many_scans).", at_least(1));
    s.param("shrink_on_load", &Decode::shrink_on_load,
            "Decodes " + shrinkings() +
                " of its size if only resizes to at most half of the decoded size follow.");
    s.param("depth", &Decode::depth, "Bits of a sample: 8 rounds 16-bit images, keep leaves them.");
    s.example("decode: {type: decode, in: read}");
  }

  // The largest denominator that leaves at least the demanded size.
  int denominator(const imaging::Codec& codec, const Facts& in, const Demand& demand) const {
    int largest = 1;
    for (const int by : codec.denominators) {
      const bool enough = demand.width * by <= in.width && demand.height * by <= in.height;
      if (shrink_on_load && enough) largest = by;
    }
    return largest;
  }

  // The denominator that the plan was made with, found from the planned size.
  static int shrinking(const imaging::Codec& codec, const Facts& in, const Facts& planned) {
    const imaging::Size size{static_cast<int>(planned.pixel_width),
                             static_cast<int>(planned.pixel_height)};
    const auto found = std::find_if(codec.denominators.begin(), codec.denominators.end(),
                                    [&](int by) { return shrunk(in, by) == size; });
    return found == codec.denominators.end() ? 1 : *found;
  }
  static imaging::Size shrunk(const Facts& in, int denominator) {
    return {static_cast<int>((in.width + denominator - 1) / denominator),
            static_cast<int>((in.height + denominator - 1) / denominator)};
  }

  Result<Plan> plan(const Facts& in, const Demand& demand) const {
    if (in.width > max_pixels / std::max<std::int64_t>(in.height, 1)) {
      return failure("too_many_pixels",
                     std::to_string(in.width) + " × " + std::to_string(in.height) +
                         " pixels are more than max_pixels (" + std::to_string(max_pixels) + ")");
    }
    const imaging::Codec* codec = imaging::codecs().find(in.format);
    if (codec == nullptr) {
      return failure("not_an_image", "a " + std::string(in.format) + " file holds no picture");
    }
    const imaging::Size pixels = shrunk(in, denominator(*codec, in, demand));
    const imaging::Size stored =
        in.orientation >= 5 ? imaging::Size{pixels.height, pixels.width} : pixels;
    const int bits = depth == Depth::keep ? in.bits : 8;
    const std::size_t decoded = imaging::Image::byte_size(stored, {in.channels, in.bits});
    const std::size_t upright = imaging::Image::byte_size(pixels, {in.channels, in.bits});

    Plan plan{.out = in};
    plan.out.pixel_width = pixels.width;
    plan.out.pixel_height = pixels.height;
    plan.out.bits = bits;
    plan.out.orientation = 1;
    plan.out.format = {};
    plan.out.extension = {};
    plan.out.bytes = imaging::Image::byte_size(pixels, {in.channels, bits});
    plan.out.codec_bytes = 0;
    // Scratch beside the result: the codec, and a second image while it is turned upright or
    // rounded.
    plan.scratch_bytes = in.codec_bytes;
    if (in.orientation != 1 || bits != in.bits) plan.scratch_bytes += std::max(decoded, upright);
    return plan;
  }

  Result<imaging::Image> process(imaging::Encoded in, Scratch& scratch, const Call& call) const {
    const Facts& facts = call.plan.in;
    const Facts& planned = call.plan.plan.out;
    // A file may be replaced by a larger one after its header was read. Decoding it must take no
    // more than planned.
    const imaging::DecodeLimits limits{
        .max_pixels = facts.width * facts.height,
        .max_scans = max_scans,
        .give_up = [&] { return call.cancellation.is_requested(); },
        .profile_dropped =
            [&](std::string why) { call.losses.add(kProfileDropped, std::move(why)); }};
    const imaging::Codec& codec = *imaging::codecs().find(facts.format);
    std::unique_ptr<imaging::Decoder>& decoder = scratch.decoders[&codec];
    if (!decoder) decoder = codec.make_decoder();
    auto decoded =
        decoder->decode(*in.bytes, shrinking(codec, facts, planned), limits, facts.codec_bytes);
    in = {};
    if (!decoded) return tl::make_unexpected(Error(std::move(decoded.error())));
    imaging::Image image = imaging::orient(std::move(*decoded), facts.orientation);
    return depth == Depth::eight ? imaging::to_8_bit(std::move(image)) : image;
  }
};

IMAGEMILL_REGISTER_NODE("decode", Decode);

}  // namespace
}  // namespace imagemill
