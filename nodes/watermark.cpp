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
    // As it was last drawn: `text`, laid out, and what showed of it.
    std::string text;
    imaging::TextLine line;
    imaging::VisiblePart part;
    imaging::Mask mask;
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
    auto font_file = fingerprint_of(FileSystem::real(), font_path_);
    if (!font_file) return tl::make_unexpected(std::move(font_file.error()));
    font_file_ = *font_file;
    auto made = make_scratch();
    if (!made) return tl::make_unexpected(std::move(made.error()));
    if (auto line = made->font.lay_out(text.text(), 12); !line)
      return tl::make_unexpected(Error(std::move(line.error())));
    return {};
  }

  Fingerprint resources() const { return font_file_; }

  Result<Scratch> make_scratch() const {
    auto opened = imaging::Font::open(font_path_);
    if (!opened) return tl::make_unexpected(Error(std::move(opened.error())));
    return Scratch{.font = std::move(*opened), .text = {}, .line = {}, .part = {}, .mask = {}};
  }

  Result<Plan> plan(const Facts& in, const Demand&) const {
    Plan plan{.out = in, .scratch_bytes = text_bytes(in), .in_place = true};
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
    const int pixels = em_on(image.height());
    const bool same = line == scratch.text && pixels == scratch.line.pixels;
    if (!same) {
      auto laid_out = scratch.font.lay_out(line, pixels);
      if (!laid_out) return tl::make_unexpected(Error(std::move(laid_out.error())));
      scratch.line = std::move(*laid_out);
      scratch.text = line;
    }
    const int distance =
        static_cast<int>(std::lround(margin.on(std::min(image.width(), image.height()))));
    const imaging::Position position =
        imaging::place(image.size(), scratch.line.size, anchor, distance);
    const imaging::VisiblePart part =
        imaging::visible_part(image.size(), scratch.line.size, position);
    if (!same || part != scratch.part) {
      scratch.mask = {};
      scratch.mask = scratch.font.rasterise(scratch.line, part);
      scratch.part = part;
    }
    image = imaging::draw(std::move(image), scratch.mask,
                          {position.x + part.left, position.y + part.top}, color, opacity);
    if (scratch.mask.coverage.size() > kKept) {
      scratch.part = {};
      scratch.mask = {};
    }
    return image;
  }

 private:
  // What of a mask may stay between items, beside what is planned for them.
  static constexpr std::size_t kKept = std::size_t{256} << 10;

  int em_on(std::int64_t height) const {
    return std::max(1, static_cast<int>(std::lround(size.on(static_cast<double>(height)))));
  }

  // What shows of a line that is a few ems high, and of its largest glyph.
  std::uint64_t text_bytes(const Facts& in) const {
    constexpr std::int64_t kHighest = 4;
    const std::int64_t em = em_on(in.pixel_height);
    const std::int64_t shown = in.pixel_width * std::min(in.pixel_height, kHighest * em);
    const std::int64_t glyph = em > imaging::Font::kWholeGlyphs ? shown : 2 * kHighest * em * em;
    return static_cast<std::uint64_t>(shown + glyph);
  }

  std::string font_path_;
  Fingerprint font_file_;
};

IMAGEMILL_REGISTER_NODE("watermark", Watermark);

}  // namespace
}  // namespace imagemill
