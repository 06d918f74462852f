// Text as a coverage mask, and its composition over a picture.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nodes/imaging/colour.h"
#include "nodes/imaging/image.h"
#include "nodes/imaging/result.h"

namespace imagemill::imaging {

// How much of each pixel the text covers: width × height, rows packed, 0 to 255.
// Sized to the ink: no empty border.
struct Mask {
  Size size;
  std::vector<std::uint8_t> coverage;
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

  // One line of UTF-8 text, shaped (raqm: ligatures, kerning, bidirectional) and rasterised at
  // `pixels` to the em with FreeType's anti-aliasing, unhinted positions rounded the same on every
  // run. Characters that the font lacks are drawn as its missing-glyph box. Text without ink gives
  // an empty mask. Faults: bad_text (not UTF-8).
  Result<Mask> render(const std::string& text, int pixels);

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

// Draws `color` through the mask at `opacity` (0 to 1), source-over; what falls outside the picture
// is clipped. Straight alpha is composited as such. A gray picture with a colour that is not gray
// becomes RGB. Copies the pixels only where they are shared.
Image draw(Image image, const Mask& mask, Position position, Rgb color, double opacity);

}  // namespace imagemill::imaging
