// compose: makes one picture of two. Pixels: imaging/overlay/compose.h.
#include "nodes/imaging/overlay/compose.h"

#include <algorithm>
#include <cmath>

#include "engine/node/registry.h"
#include "nodes/imaging/pixels/colour.h"
#include "nodes/imaging/resample/resample.h"
#include "nodes/parameters.h"

namespace imagemill {

enum class Arrangement { overlay, beside, stacked };

template <>
struct EnumNames<Arrangement> {
  static constexpr std::array<std::pair<std::string_view, Arrangement>, 3> values = {
      {{"overlay", Arrangement::overlay},
       {"beside", Arrangement::beside},
       {"stacked", Arrangement::stacked}}};
};

namespace {

using imaging::Image;
using imaging::PixelFormat;
using imaging::Size;

struct Compose {
  static constexpr std::array<std::string_view, 2> kInputs = {"base", "overlay"};

  Arrangement arrangement = Arrangement::overlay;
  Length width{0, Length::Unit::px};
  double opacity = 1;
  imaging::Anchor anchor = imaging::Anchor::bottom_right;
  Length margin{0, Length::Unit::px};
  imaging::Rgb background{255, 255, 255};

  struct Scratch {
    imaging::ResampleCache weights;
  };

  static void describe(NodeSchema<Compose>& s) {
    s.summary(
        "Makes two pictures into one: lays the second over the first, or sets it beside or below "
        "it. They are two branches of the same item, or one is a constant such as a logo.");
    s.param("arrangement", &Compose::arrangement,
            "overlay: over the base; beside: at its right; stacked: below it.");
    s.param(
        "width", &Compose::width,
        "Width that an overlay is scaled to, in px or in % of the base's; 0 leaves it as it is.",
        UpTo{65'500, 1000});
    s.param("opacity", &Compose::opacity, "Opacity of an overlay: 0 is invisible, 1 as it is.",
            between(0.0, 1.0));
    s.param("anchor", &Compose::anchor, "Place of an overlay on the base.");
    s.param("margin", &Compose::margin,
            "Distance of an overlay from the edges, in px or in % of the base's shorter side.",
            UpTo{10'000, 50});
    s.param("background", &Compose::background,
            "Colour that fills the canvas where pictures beside or stacked differ in size.");
    s.example(
        "badge: {type: compose, in: {base: resize, overlay: logo}, width: 20%, anchor: top-right}");
  }

  Result<Plan> plan(std::span<const Facts> in, const Demand&) const {
    const Facts& base = in[0];
    const Facts& top = in[1];
    const PixelFormat of_base{base.channels, base.bits};
    const PixelFormat of_top{top.channels, top.bits};
    Plan plan{.out = base};
    if (arrangement == Arrangement::overlay) {
      const PixelFormat format = imaging::overlay_format(of_base, of_top);
      const Size scaled = scaled_size(base.pixel_width, pixels_of(top));
      if (auto over = too_large(scaled.width, scaled.height)) return *over;
      plan.out.channels = format.channels;
      plan.in_place = format == of_base;
      plan.out.bytes = Image::byte_size(pixels_of(base), format);
      plan.scratch_bytes = Image::byte_size(scaled, of_top) +
                           imaging::resample_scratch_bytes(of_top, pixels_of(top), scaled);
      if (format != of_base) plan.scratch_bytes += imaging::to_rgb_bytes(base.profile_bytes);
      return plan;
    }
    const bool beside = arrangement == Arrangement::beside;
    const auto along = [](std::int64_t a, std::int64_t b) { return a + b; };
    const auto across = [](std::int64_t a, std::int64_t b) { return std::max(a, b); };
    plan.out.width = beside ? along(base.width, top.width) : across(base.width, top.width);
    plan.out.height = beside ? across(base.height, top.height) : along(base.height, top.height);
    plan.out.pixel_width = beside ? along(base.pixel_width, top.pixel_width)
                                  : across(base.pixel_width, top.pixel_width);
    plan.out.pixel_height = beside ? across(base.pixel_height, top.pixel_height)
                                   : along(base.pixel_height, top.pixel_height);
    if (auto over = too_large(plan.out.pixel_width, plan.out.pixel_height)) return *over;
    const PixelFormat format = imaging::joined_format(of_base, of_top, background);
    plan.out.channels = format.channels;
    plan.out.bits = format.bits;
    plan.out.bytes = Image::byte_size(pixels_of(plan.out), format);
    plan.out.profile_bytes = std::max(base.profile_bytes, top.profile_bytes);
    // A gray picture is held as RGB while it is joined.
    plan.scratch_bytes =
        Image::byte_size(pixels_of(base), format) + Image::byte_size(pixels_of(top), format);
    if (!format.is_gray() && (of_base.is_gray() || of_top.is_gray())) {
      plan.scratch_bytes += imaging::to_rgb_bytes(plan.out.profile_bytes);
    }
    return plan;
  }

  Result<Image> process(Image base, Image top, Scratch& scratch) const {
    if (arrangement == Arrangement::beside) return imaging::beside(base, top, background);
    if (arrangement == Arrangement::stacked) return imaging::stacked(base, top, background);
    const Size size = scaled_size(base.width(), top.size());
    if (size != top.size()) {
      top = imaging::resample(top, {0, 0, double(top.width()), double(top.height())}, size,
                              imaging::Filter::lanczos3, scratch.weights);
    }
    const int distance =
        static_cast<int>(std::lround(margin.on(std::min(base.width(), base.height()))));
    const imaging::Position position = imaging::place(base.size(), top.size(), anchor, distance);
    return imaging::overlay(std::move(base), top, position, opacity);
  }

 private:
  static Size pixels_of(const Facts& facts) {
    return {static_cast<int>(facts.pixel_width), static_cast<int>(facts.pixel_height)};
  }

  // The fault of a joined picture over the limit, even where each picture alone is within; nullopt
  // if it fits.
  static std::optional<tl::unexpected<Error>> too_large(std::int64_t width, std::int64_t height) {
    const std::int64_t most = imaging::DecodeLimits().max_pixels;
    if (width <= most / height) return {};
    return failure("too_many_pixels", "the result would have " + std::to_string(width) + " × " +
                                          std::to_string(height) + " pixels, more than " +
                                          std::to_string(most));
  }

  Size scaled_size(std::int64_t base_width, Size top) const {
    if (width.value == 0) return top;
    const double wide = std::max(1.0, std::round(width.on(static_cast<double>(base_width))));
    const double high = std::max(1.0, std::round(wide * top.height / top.width));
    return {static_cast<int>(std::min(wide, 655'000.0)),
            static_cast<int>(std::min(high, 65'500.0))};
  }
};

IMAGEMILL_REGISTER_NODE("compose", Compose);

}  // namespace
}  // namespace imagemill
