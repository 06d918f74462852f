// From characters to the glyphs of a font.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <ft2build.h>
#include FT_FREETYPE_H

#include "nodes/imaging/pixels/result.h"

namespace imagemill::imaging {

// Lengths are in 1/64 pixel, y upwards.
struct ShapedGlyph {
  unsigned index = 0;         // of the font; 0 where it has none
  std::size_t character = 0;  // the first of those that it stands for
  int x = 0, y = 0;           // from where the line has come to
  int advance_x = 0, advance_y = 0;
};

// Shapes lines with one face, of which it keeps what it has found out. Not thread-safe.
class Shaper {
 public:
  // `face` must outlive this.
  explicit Shaper(FT_Face face);
  ~Shaper();
  Shaper(const Shaper&) = delete;
  Shaper& operator=(const Shaper&) = delete;

  // Forgets the face: to be called where it has another size than the last line's, or where there
  // was no memory for all of it.
  void forget();

  // The glyphs of one line at the face's size, from left to right: ligatures, kerning, both
  // directions; nullopt where `give_up`, which is asked before each run of one script, returned
  // true. Throws std::bad_alloc. Requires: not empty.
  std::optional<std::vector<ShapedGlyph>> shape(const std::u32string& text, const GiveUp& give_up);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace imagemill::imaging
