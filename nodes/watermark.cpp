// watermark: draws a line of text over an image. Pixels: imaging/overlay/text.h.
#include <algorithm>
#include <cmath>

#include "engine/node/registry.h"
#include "nodes/imaging/bytes/utf8.h"
#include "nodes/parameters.h"

namespace imagemill {
namespace {

constexpr LossKind kMissingGlyphs{"missing_glyphs", "the font lacks letters of the text"};

// Message of a loss: "DejaVuSans lacks U+5199 写 of 'a写'", with both lists cut to a readable
// length.
std::string lack_of(const std::u32string& missing, const std::string& text,
                    const std::string& font) {
  constexpr std::size_t kNamed = 8;
  constexpr std::size_t kShown = 80;  // bytes of the text
  std::string names;
  for (const char32_t character : missing.substr(0, kNamed)) {
    names += names.empty() ? " " : ", ";
    names += imaging::code_point_name(character) + " " + imaging::to_utf8(character);
  }
  if (missing.size() > kNamed) names += " and " + std::to_string(missing.size() - kNamed) + " more";
  std::size_t end = std::min(text.size(), kShown);
  while (end < text.size() && (text[end] & 0xC0) == 0x80) --end;
  return font + " lacks" + names + " of " +
         quote(text.substr(0, end) + (end < text.size() ? "…" : ""));
}

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
    // The line drawn last: its text, its layout, and the part that showed.
    std::string text;
    imaging::TextLine line;
    imaging::VisiblePart part;
    imaging::Mask mask;
  };

  static void describe(NodeSchema<Watermark>& s) {
    s.summary(
        "Draws a line of text over an image. Text that does not fit into the image is cut off. "
        "Letters that the font lacks are drawn as boxes and reported (missing_glyphs).");
    s.param("text", &Watermark::text,
            "The text, in UTF-8, with fields of the item: {stem} {name} {dir} {index} {width} "
            "{height} {format} {number} {level} {column} {row} {exif.NAME}. A date can give "
            "its parts, as in {exif.DateTimeOriginal:%d.%m.%Y}; a file without that date fails "
            "(no_date). Literal braces are doubled.",
            "in one line, without control characters",
            [](const ItemTemplate& t) { return imaging::line_of_text(t.text()).has_value(); });
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

  // Opening the font here makes a missing font stop the run before it starts.
  Result<void> open(const Environment& environment) {
    const std::stop_token& stop = environment.stop;
    auto path = imaging::Font::find(font, [&] { return stop.stop_requested(); });
    if (!path) return of_param("font", Error(std::move(path.error())));
    font_path_ = std::move(*path);
    auto font_file = fingerprint_of(FileSystem::real(), font_path_, stop);
    if (!font_file) return of_param("font", std::move(font_file.error()));
    font_file_ = *font_file;
    auto made = make_scratch();
    if (!made) return of_param("font", Error(std::move(made.error())));
    glyph_area_ = made->font.largest_glyph();
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
      plan.scratch_bytes += imaging::to_rgb_bytes(in.profile_bytes);
      plan.out.bytes = imaging::Image::byte_size(
          {static_cast<int>(in.pixel_width), static_cast<int>(in.pixel_height)},
          {plan.out.channels, in.bits});
      plan.in_place = false;
    }
    return plan;
  }

  std::vector<std::string> fields() const { return text.fields(); }

  Result<imaging::Image> process(imaging::Image image, Scratch& scratch, const Call& call) const {
    const imaging::GiveUp give_up = [&] { return call.cancellation.is_requested(); };
    const std::string line = text.expand(call.item, call.item.facts.extension, call.part);
    const int pixels = em_on(image.height());
    const bool same = line == scratch.text && pixels == scratch.line.pixels;
    if (!same) {
      auto laid_out = scratch.font.lay_out(line, pixels, give_up);
      if (!laid_out) return tl::make_unexpected(Error(std::move(laid_out.error())));
      scratch.text = line;  // first, since it may throw
      scratch.line = std::move(*laid_out);
      scratch.part = {};
      scratch.mask = {};
    }
    const int distance =
        static_cast<int>(std::lround(margin.on(std::min(image.width(), image.height()))));
    const imaging::Position position =
        imaging::place(image.size(), scratch.line.size, anchor, distance);
    const imaging::VisiblePart part =
        imaging::visible_part(image.size(), scratch.line.size, position);
    const int rows = mask_rows(image.height());
    int top = part.top;
    do {  // at least once: a colour makes even a hidden text's picture RGB
      const imaging::VisiblePart shown{part.left, top, part.right,
                                       std::min(top + rows, part.bottom)};
      if (!same || shown != scratch.part) {
        // The old mask is freed first. The part is set last, so that a throw leaves an empty one.
        scratch.part = {};
        scratch.mask = {};
        scratch.mask = scratch.font.rasterise(scratch.line, shown, give_up);
        scratch.part = shown;
      }
      image =
          imaging::draw(std::move(image), scratch.mask,
                        {position.x + shown.left, position.y + shown.top}, color, opacity, give_up);
      top += rows;
    } while (top < part.bottom && !give_up());
    const bool given_up = give_up();
    if (given_up || scratch.mask.coverage.size() > kKept) {
      scratch.part = {};
      scratch.mask = {};
    }
    if (given_up) return failure("interrupted", "given up");
    if (!scratch.line.missing.empty()) {
      call.losses.add(kMissingGlyphs, lack_of(scratch.line.missing, line, scratch.font.name()));
    }
    return image;
  }

 private:
  static tl::unexpected<Error> of_param(std::string_view param, Error error) {
    error.param = param;
    return tl::make_unexpected(std::move(error));
  }

  // Largest mask kept between items, in bytes, beside the memory planned for them.
  static constexpr std::size_t kKept = std::size_t{256} << 10;

  int em_on(std::int64_t height) const {
    return std::max(1, static_cast<int>(std::lround(size.on(static_cast<double>(height)))));
  }

  // Rows of a mask: the visible part of a higher line is drawn in several masks.
  int mask_rows(std::int64_t height) const {
    constexpr std::int64_t kHighest = 4;  // ems
    return static_cast<int>(std::min(height, kHighest * em_on(height)));
  }

  // Upper bound of the characters in an item's text.
  std::size_t longest_text() const {
    constexpr std::size_t kLongestField = 255;  // a file's name, or a text in it
    const std::string& written = text.text();
    if (written.find("{dir") != std::string::npos) return imaging::kLongestLine;
    const auto fields = static_cast<std::size_t>(std::count(written.begin(), written.end(), '{'));
    return std::min(written.size() + fields * kLongestField, imaging::kLongestLine);
  }

  // Bytes for the laid out text, a mask, and the largest glyph, as FreeType renders it and as it is
  // kept.
  std::uint64_t text_bytes(const Facts& in) const {
    const int em = em_on(in.pixel_height);
    const std::int64_t shown = in.pixel_width * mask_rows(in.pixel_height);
    const double glyph =
        em > imaging::Font::kWholeGlyphs ? static_cast<double>(shown) : 2 * glyph_area_ * em * em;
    return static_cast<std::uint64_t>(shown) + static_cast<std::uint64_t>(glyph) +
           imaging::Font::kKeptGlyphs + imaging::Font::layout_bytes(longest_text());
  }

  std::string font_path_;
  Fingerprint font_file_;
  double glyph_area_ = 4;  // of the font's largest, in square ems
};

IMAGEMILL_REGISTER_NODE("watermark", Watermark);

}  // namespace
}  // namespace imagemill
