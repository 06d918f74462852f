// From characters to the glyphs of a font.
#pragma once

#include <string>
#include <vector>

#include <ft2build.h>
#include FT_FREETYPE_H

namespace imagemill::imaging {

// Lengths are in 1/64 pixel, y upwards.
struct ShapedGlyph {
  unsigned index = 0;         // of the font; 0 where it has none
  std::size_t character = 0;  // the first of those that it stands for
  int x = 0, y = 0;           // from where the line has come to
  int advance_x = 0, advance_y = 0;
};

// The glyphs of one line at the face's size, from left to right: ligatures, kerning, both
// directions. Throws std::bad_alloc. Requires: not empty.
std::vector<ShapedGlyph> shape(FT_Face face, const std::u32string& text);

}  // namespace imagemill::imaging
