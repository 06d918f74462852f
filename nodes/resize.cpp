// resize: scales an image to fit a box. Pixels: imaging/pixels/fit.h, imaging/resample/resample.h.
#include <algorithm>
#include <cmath>

#include "engine/node/registry.h"
#include "nodes/imaging/pixels/colour.h"
#include "nodes/imaging/resample/resample.h"
#include "nodes/parameters.h"

namespace imagemill {

template <>
struct EnumNames<imaging::Fit> {
  using enum imaging::Fit;
  static constexpr std::array<std::pair<std::string_view, imaging::Fit>, 5> values = {
      {{"cover", cover},
       {"contain", contain},
       {"fill", fill},
       {"inside", inside},
       {"outside", outside}}};
};

template <>
struct EnumNames<imaging::Filter> {
  using enum imaging::Filter;
  static constexpr std::array<std::pair<std::string_view, imaging::Filter>, 4> values = {
      {{"box", box}, {"bilinear", bilinear}, {"mitchell", mitchell}, {"lanczos3", lanczos3}}};
};

namespace {

// Resolution that a shrunk decode must keep, relative to the target's. Less is faster and blurs. At
// 2 the loss lies below the rounding of the JPEG that follows.
constexpr double kShrinkReserve = 2.0;

constexpr double kMaxSide = 65'500;  // what a JPEG can hold

struct Resize {
  Length width;
  Length height;
  imaging::Fit fit = imaging::Fit::inside;
  imaging::Filter filter = imaging::Filter::lanczos3;
  bool enlarge = true;
  imaging::Anchor anchor = imaging::Anchor::center;
  imaging::Rgb background{255, 255, 255};

  struct Scratch {
    imaging::ResampleCache weights;
  };

  static void describe(NodeSchema<Resize>& s) {
    s.summary("Scales an image to fit a box.");
    const UpTo largest{kMaxSide, 10'000};
    s.param("width", &Resize::width,
            "Width of the box, in px or in % of the image; 0 derives it from height.", largest);
    s.param("height", &Resize::height,
            "Height of the box, in px or in % of the image; 0 derives it from width.", largest);
    s.param("fit", &Resize::fit,
            "How the image fits the box: fill stretches, cover crops, contain pads, inside and "
            "outside keep all of it.");
    s.param("filter", &Resize::filter, "Reconstruction filter.");
    s.param("enlarge", &Resize::enlarge, "Whether a smaller image is scaled up.");
    s.param("anchor", &Resize::anchor, "What cover keeps, and where contain puts the image.");
    s.param("background", &Resize::background,
            "What contain pads with; an image with alpha is padded transparently.");
    s.require([](const Resize& r) { return r.width.value > 0 || r.height.value > 0; },
              "give width, height or both");
    s.example("resize: {type: resize, in: decode, width: 128, height: 128, fit: fill}");
  }

  imaging::Fitting fitting(imaging::Size full) const {
    const auto side = [](const Length& length, int whole) {
      if (length.value == 0) return 0;
      return static_cast<int>(std::clamp(std::round(length.on(whole)), 1.0, 1e9));
    };
    return imaging::fit(full, {side(width, full.width), side(height, full.height)}, fit,
                        enlarge ? imaging::Enlarge::allowed : imaging::Enlarge::never, anchor);
  }

  Result<Plan> plan(const Facts& in, const Demand&) const {
    const imaging::Size full{static_cast<int>(in.width), static_cast<int>(in.height)};
    const imaging::Fitting target = fitting(full);
    const auto too_long = [](imaging::Size size) {
      return size.width > kMaxSide || size.height > kMaxSide;
    };
    if (too_long(target.scaled) || too_long(target.canvas)) {
      return failure("too_many_pixels", "the resized image would be more than 65500 pixels long");
    }
    const bool padded = target.canvas != target.scaled;
    // Padding may turn gray into RGB.
    const bool coloured = padded && in.channels == 1 && !background.is_gray();
    const imaging::PixelFormat format{coloured ? 3 : in.channels, in.bits};
    const imaging::Size source{static_cast<int>(in.pixel_width), static_cast<int>(in.pixel_height)};
    Plan plan{.out = in};
    plan.out.width = plan.out.pixel_width = target.canvas.width;
    plan.out.height = plan.out.pixel_height = target.canvas.height;
    plan.out.channels = format.channels;
    plan.out.bytes = imaging::Image::byte_size(target.canvas, format);
    plan.scratch_bytes =
        imaging::resample_scratch_bytes({in.channels, in.bits}, source, target.scaled);
    if (padded) plan.scratch_bytes += 2 * imaging::Image::byte_size(target.scaled, format);
    if (coloured) plan.scratch_bytes += imaging::to_rgb_bytes(in.profile_bytes);
    return plan;
  }

  Demand demand(const Facts& in, const Demand&) const {
    const imaging::Fitting target =
        fitting({static_cast<int>(in.width), static_cast<int>(in.height)});
    const auto enough = [](int target_side, double source_side, std::int64_t whole) {
      const double side = kShrinkReserve * target_side / source_side * static_cast<double>(whole);
      return std::min(whole, static_cast<std::int64_t>(std::ceil(side)));
    };
    return {enough(target.scaled.width, target.source.width, in.width),
            enough(target.scaled.height, target.source.height, in.height)};
  }

  Result<imaging::Image> process(imaging::Image image, Scratch& scratch, const Call& call) const {
    const imaging::Fitting target = fitting(image.full_size());
    // Tiles are planned for the largest one, but the last of a row may have another shape.
    if (std::max(target.scaled.width, target.scaled.height) > kMaxSide ||
        imaging::Image::byte_size(target.canvas, image.format()) > call.plan.plan.out.bytes) {
      return failure("too_many_pixels",
                     "the resized part would be larger than the others: give width and height");
    }
    image = imaging::resample(
        image, imaging::on_pixels(target.source, image), target.scaled, filter, scratch.weights,
        [&](int count, const auto& piece) { call.parallel.run(count, piece); },
        [&] { return call.cancellation.is_requested(); });
    if (call.cancellation.is_requested()) return failure("interrupted", "given up");
    return imaging::pad(std::move(image), target.canvas, target.position, background);
  }
};

IMAGEMILL_REGISTER_NODE("resize", Resize);

}  // namespace
}  // namespace imagemill
