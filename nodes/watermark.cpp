// watermark: a line of text over an image. Pixels: imaging/text.h.
#include <algorithm>
#include <cmath>

#include "engine/registry.h"
#include "nodes/parameters.h"

namespace imagemill {
namespace {

struct Watermark {
  ItemTemplate text;
  std::string font;
  Length size{14, Length::Unit::px};
  imaging::Rgb color{255, 255, 255};
  double opacity = 0.5;
  imaging::Anchor anchor = imaging::Anchor::bottom_right;
  Length margin{4, Length::Unit::px};

  struct Scratch {
    imaging::Font font;
    imaging::Mask mask;  // as it was last drawn: `text`, at `pixels` to the em
    std::string text;
    int pixels = 0;
  };

  static void describe(NodeSchema<Watermark>& s) {
    s.summary(
        "Draws a line of text over an image. Where the text is larger than the image, what does "
        "not fit is cut off.");
    s.param("text", &Watermark::text,
            "The text, in UTF-8, with fields of the item: {stem} {name} {dir} {index} {width} "
            "{height} {format} {number} {level} {column} {row} {exif.NAME}. Braces are doubled.");
    s.param("font", &Watermark::font,
            "A font file: a path, or a file name below the system's font folders. Empty is DejaVu "
            "Sans.");
    s.param("size", &Watermark::size,
            "Height of the letters (an em), in px or in % of the image's height.", UpTo{1000, 100});
    s.param("color", &Watermark::color, "Colour of the text.");
    s.param("opacity", &Watermark::opacity, "0 is invisible, 1 opaque.", between(0.0, 1.0));
    s.param("anchor", &Watermark::anchor, "Where on the image.");
    s.param("margin", &Watermark::margin,
            "Distance from the edges, in px or in % of the image's shorter side.",
            UpTo{10'000, 50});
    s.require([](const Watermark& w) { return !w.text.text().empty(); }, "give the text to draw");
    s.example(
        "mark: {type: watermark, in: resize, text: \"© imagemill\", size: 14px, opacity: 0.63}");
  }

  // So that a missing font, or text that is none, stops the run before it starts.
  Result<void> open(const Environment&) {
    auto path = imaging::Font::find(font);
    if (!path) return tl::make_unexpected(Error(std::move(path.error())));
    font_path_ = std::move(*path);
    auto made = make_scratch();
    if (!made) return tl::make_unexpected(std::move(made.error()));
    if (auto drawn = made->font.render(text.text(), 12); !drawn)
      return tl::make_unexpected(Error(std::move(drawn.error())));
    return {};
  }

  Result<Scratch> make_scratch() const {
    auto opened = imaging::Font::open(font_path_);
    if (!opened) return tl::make_unexpected(Error(std::move(opened.error())));
    return Scratch{.font = std::move(*opened), .mask = {}, .text = {}, .pixels = 0};
  }

  Result<Plan> plan(const Facts& in, const Demand&) const {
    Plan plan{.out = in, .scratch_bytes = 0, .in_place = true};
    if (in.channels <= 2 && !color.is_gray()) {
      plan.out.channels = in.channels + 2;
      plan.out.bytes = imaging::Image::byte_size(
          {static_cast<int>(in.pixel_width), static_cast<int>(in.pixel_height)},
          {plan.out.channels, in.bits});
      plan.in_place = false;
    }
    return plan;
  }

  std::vector<std::string> fields() const { return text.fields(); }

  Result<imaging::Image> process(imaging::Image image, Scratch& scratch, const Call& call) const {
    const std::string line = text.expand(call.item, call.item.facts.extension, call.part);
    const int pixels = std::max(1, static_cast<int>(std::lround(size.on(image.height()))));
    if (pixels != scratch.pixels || line != scratch.text) {
      auto mask = scratch.font.render(line, pixels);
      if (!mask) return tl::make_unexpected(Error(std::move(mask.error())));
      scratch.mask = std::move(*mask);
      scratch.pixels = pixels;
      scratch.text = line;
    }
    const int distance =
        static_cast<int>(std::lround(margin.on(std::min(image.width(), image.height()))));
    const imaging::Position position =
        imaging::place(image.size(), scratch.mask.size, anchor, distance);
    return imaging::draw(std::move(image), scratch.mask, position, color, opacity);
  }

 private:
  std::string font_path_;
};

IMAGEMILL_REGISTER_NODE("watermark", Watermark);

}  // namespace
}  // namespace imagemill
