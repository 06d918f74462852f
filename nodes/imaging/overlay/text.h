// Layout and drawing of one line of text as a coverage mask.
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

// A glyph of a line. Positions count from the start of the baseline.
struct Glyph {
  unsigned index = 0;  // in the font
  int x = 0, y = 0;    // its origin, in 1/64 pixel, y upwards
  // A box that holds all ink of the glyph, in pixels, y downwards.
  int left = 0, top = 0;
  Size size = {};
};

// One line of text, laid out by a font.
struct TextLine {
  Size size;  // of the ink, without empty border
  int left = 0, top = 0;
  int pixels = 0;  // to the em
  std::vector<Glyph> glyphs;
  std::u32string missing;  // characters that the font lacks, each once, in the order of the text
};

// Splits a line of UTF-8 text into characters. Fault: bad_text (not UTF-8; a line break or another
// control character; more than kLongestLine).
Result<std::u32string> line_of_text(std::string_view text);
inline constexpr std::size_t kLongestLine = 4096;  // characters

// An open font for drawing. Not thread-safe: use one for each thread.
class Font {
 public:
  // Opens a scalable font file. Fault: no_font (missing, unreadable or not a font; the message
  // names the path).
  static Result<Font> open(const std::string& path);

  // Finds a font file. An empty `name` finds the default font, DejaVu Sans. A bare file name such
  // as "NotoSans-Bold.ttf" is searched below the system's font folders. A `name` with a slash is
  // the path itself. Faults: no_font, interrupted.
  static Result<std::string> find(const std::string& name, const GiveUp& give_up = nullptr);

  ~Font();
  Font(Font&&) noexcept;
  Font& operator=(Font&&) noexcept;

  // The font file's name without its extension: "DejaVuSans".
  const std::string& name() const;

  // Area of the box that holds every glyph, by the font's own data, in square ems.
  double largest_glyph() const;

  // Lays out one line of UTF-8 text, shaped (ligatures, kerning, both directions) at `pixels` to
  // the em. Characters that the font lacks are drawn as its missing-glyph box, and named in
  // `missing`. Text without ink has size 0 × 0. No glyph is rasterised before the whole line is
  // known to be short enough, and then only glyphs that may decide where the ink ends. Faults:
  // those of line_of_text; bad_text (too long at this size); interrupted.
  Result<TextLine> lay_out(const std::string& text, int pixels, const GiveUp& give_up = nullptr);

  // Rasterises the visible part of a line, with FreeType's anti-aliasing. Unhinted positions are
  // rounded the same on every run; where glyphs touch, coverage adds up. Hidden glyphs are not
  // drawn, and a small glyph that recurs is not rendered again. Memory: the part, and one glyph at
  // a time: its visible part or, up to kWholeGlyphs, all of it. The mask is unfinished once
  // `give_up` returns true.
  Mask rasterise(const TextLine& line, const VisiblePart& part, const GiveUp& give_up = nullptr);

  // Upper bound of what lay_out allocates for so many characters, in bytes, beside the glyphs that
  // it renders.
  static std::size_t layout_bytes(std::size_t characters);

  // Glyphs rendered so far, for all lines.
  std::uint64_t rendered() const;

  // Limit on the rendered glyphs that a font keeps, in bytes.
  static constexpr std::size_t kKeptGlyphs = std::size_t{256} << 10;

  // Largest size, in pixels to the em, at which a glyph is rasterised as a whole.
  static constexpr int kWholeGlyphs = 1024;

 private:
  struct State;
  explicit Font(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace imagemill::imaging
