// Text as a coverage mask.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "nodes/imaging/overlay/draw_mask.h"
#include "nodes/imaging/pixels/colour.h"
#include "nodes/imaging/pixels/image.h"
#include "nodes/imaging/pixels/result.h"

namespace imagemill::imaging {

// A glyph of a line; in pixels from the start of the baseline, y downwards.
struct Glyph {
  unsigned index = 0;  // of the font
  int x = 0, y = 0;    // its origin, in 1/64 pixel, y upwards
  // A box that all its ink lies in.
  int left = 0, top = 0;
  Size size = {};
};

// One line of text, laid out by a font.
struct TextLine {
  Size size;  // of the ink: no empty border
  int left = 0, top = 0;
  int pixels = 0;  // to the em
  std::vector<Glyph> glyphs;
  std::u32string missing;  // characters that the font lacks, each once, in the order of the text
};

// The characters of a line of UTF-8 text. Faults: bad_text (not UTF-8; a line break or another
// control character, each of which has no place in one line; more than kLongestLine).
Result<std::u32string> line_of_text(std::string_view text);
inline constexpr std::size_t kLongestLine = 4096;  // characters

// A font at hand for drawing. Not thread-safe: one for each thread.
class Font {
 public:
  // Opens a scalable font file. Faults: no_font (missing, unreadable or not a font: the message
  // names the path).
  static Result<Font> open(const std::string& path);

  // The file of the default font (DejaVu Sans) or, where `name` is a bare file name such as
  // "NotoSans-Bold.ttf", of the font so named below the system's font folders; a `name` with a
  // slash is the path itself. Faults: no_font, interrupted.
  static Result<std::string> find(const std::string& name, const GiveUp& give_up = nullptr);

  ~Font();
  Font(Font&&) noexcept;
  Font& operator=(Font&&) noexcept;

  // The font file's name without its extension: "DejaVuSans".
  const std::string& name() const;

  // The area of the box that every glyph lies in, as the font says, in square ems.
  double largest_glyph() const;

  // One line of UTF-8 text, shaped (ligatures, kerning, both directions) at `pixels` to the em.
  // Characters that the font lacks are its missing-glyph box, and are named in `missing`. Text
  // without ink has no size. No glyph is rasterised before the whole line is known to be short
  // enough, and then only those that may decide where its ink ends. Faults: those of line_of_text;
  // bad_text (too long at this size); interrupted.
  Result<TextLine> lay_out(const std::string& text, int pixels, const GiveUp& give_up = nullptr);

  // The part of a line that shows, rasterised with FreeType's anti-aliasing, unhinted positions
  // rounded the same on every run; where glyphs touch, their coverage adds up. Glyphs that do not
  // show are not drawn, and a small one that occurs again is not rendered again. Memory: the part,
  // and of one glyph at a time what shows of it or, up to kWholeGlyphs, all. Unfinished where
  // `give_up` returns true.
  Mask rasterise(const TextLine& line, const VisiblePart& part, const GiveUp& give_up = nullptr);

  // The most that lay_out allocates for so many characters, beside the glyphs that it renders.
  static std::size_t layout_bytes(std::size_t characters);

  // How often it has rendered a glyph, of all lines.
  std::uint64_t rendered() const;

  // The most that a font keeps of glyphs that it has rendered, in bytes.
  static constexpr std::size_t kKeptGlyphs = std::size_t{256} << 10;

  // Pixels to the em above which no glyph is rasterised as a whole.
  static constexpr int kWholeGlyphs = 1024;

 private:
  struct State;
  explicit Font(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace imagemill::imaging
