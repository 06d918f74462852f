// Text as a coverage mask, and its composition over a picture.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "nodes/imaging/colour.h"
#include "nodes/imaging/image.h"
#include "nodes/imaging/result.h"

namespace imagemill::imaging {

// How much of each pixel the text covers: width × height, rows packed, 0 to 255.
struct Mask {
  Size size;
  std::vector<std::uint8_t> coverage;
};

// The part of a mark that falls on a picture, in the mark's coordinates.
struct VisiblePart {
  int left = 0, top = 0, right = 0, bottom = 0;
  bool empty() const { return left >= right || top >= bottom; }
  Size size() const { return {right - left, bottom - top}; }
  friend bool operator==(const VisiblePart&, const VisiblePart&) = default;
};

// A rasterised glyph, or one that will be; in pixels from the start of the baseline, y downwards.
struct Glyph {
  unsigned index = 0;  // of the font
  int x = 0, y = 0;    // its origin, in 1/64 pixel, y upwards
  int left = 0, top = 0;
  Size size;
  Mask mask;  // empty unless it is small
};

// One line of text, laid out by a font.
struct TextLine {
  Size size;  // of the ink: no empty border
  int left = 0, top = 0;
  int pixels = 0;  // to the em
  std::vector<Glyph> glyphs;
};

// A font at hand for drawing. Not thread-safe: one for each thread.
class Font {
 public:
  // Opens a scalable font file. Faults: no_font (missing, unreadable or not a font: the message
  // names the path).
  static Result<Font> open(const std::string& path);

  // The file of the default font (DejaVu Sans) or, where `name` is a bare file name such as
  // "NotoSans-Bold.ttf", of the font so named below the system's font folders; a `name` with a
  // slash is the path itself. Faults: no_font.
  static Result<std::string> find(const std::string& name);

  ~Font();
  Font(Font&&) noexcept;
  Font& operator=(Font&&) noexcept;

  // One line of UTF-8 text, shaped (raqm: ligatures, kerning, bidirectional) at `pixels` to the em.
  // Characters that the font lacks are its missing-glyph box. Text without ink has no size. Holds
  // one large glyph at a time. Faults: bad_text (not UTF-8).
  Result<TextLine> lay_out(const std::string& text, int pixels);

  // The part of a line that shows, rasterised with FreeType's anti-aliasing, unhinted positions
  // rounded the same on every run; where glyphs touch, their coverage adds up. Memory: the part,
  // and of one glyph at a time what shows of it or, up to kWholeGlyphs, all.
  Mask rasterise(const TextLine& line, const VisiblePart& part);

  // Pixels to the em above which no glyph is rasterised as a whole.
  static constexpr int kWholeGlyphs = 1024;

 private:
  struct State;
  explicit Font(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

enum class Anchor {
  top_left,
  top,
  top_right,
  left,
  center,
  right,
  bottom_left,
  bottom,
  bottom_right
};

// Where a mark of size `mark` goes on a picture of size `image`: at `anchor`, `margin` pixels from
// the edges that it touches. May be negative or reach beyond the picture, when the mark is the
// larger one.
struct Position {
  int x = 0;
  int y = 0;
};
Position place(Size image, Size mark, Anchor anchor, int margin);

inline VisiblePart visible_part(Size picture, Size mark, Position position) {
  return {std::max(0, -position.x), std::max(0, -position.y),
          std::min(mark.width, picture.width - position.x),
          std::min(mark.height, picture.height - position.y)};
}

// Draws `color` through the mask at `opacity` (0 to 1), source-over; what falls outside the picture
// is clipped. Straight alpha is composited as such. A gray picture with a colour that is not gray
// becomes RGB. Copies the pixels only where they are shared.
Image draw(Image image, const Mask& mask, Position position, Rgb color, double opacity);

}  // namespace imagemill::imaging
