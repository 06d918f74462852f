// Shaping: characters to the glyphs of a font.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <ft2build.h>
#include FT_FREETYPE_H

#include "nodes/imaging/pixels/result.h"

namespace imagemill::imaging {

// A glyph as shaped. Lengths are in 1/64 pixel, y upwards.
struct ShapedGlyph {
  unsigned index = 0;         // in the font; 0 if the font lacks the character
  std::size_t character = 0;  // index of the first character it stands for
  int x = 0, y = 0;           // offset from the pen's position
  int advance_x = 0, advance_y = 0;
};

// Shapes lines with one face, and caches what it learns of the face. Not thread-safe.
class Shaper {
 public:
  // Requires: `face` outlives this object.
  explicit Shaper(FT_Face face);
  ~Shaper();
  Shaper(const Shaper&) = delete;
  Shaper& operator=(const Shaper&) = delete;

  // Drops all cached facts of the face. Call it when the face's size changes, or after memory ran
  // out.
  void forget();

  // The glyphs of one line at the face's size, from left to right, with ligatures, kerning and both
  // directions. `give_up` is called before each run of one script; once it returns true, the result
  // is nullopt. Throws std::bad_alloc. Requires: `text` is not empty.
  std::optional<std::vector<ShapedGlyph>> shape(const std::u32string& text, const GiveUp& give_up);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace imagemill::imaging
