// The glyphs of a font as pixels, at one size.
#pragma once

#include <cstdint>
#include <unordered_map>

#include <ft2build.h>
#include FT_FREETYPE_H

#include "nodes/imaging/overlay/text.h"

namespace imagemill::imaging {

// Light hinting moves outlines to whole pixels vertically only: sharp stems and baselines at small
// sizes, while advances and horizontal shapes stay the font's own. No embedded bitmaps, so that one
// way of drawing serves every size.
inline constexpr int kLoadFlags = FT_LOAD_TARGET_LIGHT | FT_LOAD_NO_BITMAP;

// Renders each glyph once, as long as what is kept of all is less than Font::kKeptGlyphs. Not
// thread-safe.
class Glyphs {
 public:
  // `face` must outlive this, and nobody else may change its size.
  explicit Glyphs(FT_Face face) : face_(face) {}

  // Pixels to the em. False where the face refuses.
  bool set_size(int pixels);

  // Forgets all that is known: boxes and masks that were made without enough memory are wrong.
  void forget();

  // Finds a box that the glyph's ink lies in, from its outline; an empty one where it has none.
  void measure(Glyph& glyph);
  // Where in its box the ink is; empty without any. Of a glyph above Font::kWholeGlyphs: the box.
  VisiblePart ink_of(const Glyph& glyph);
  // What shows of it: `part` in the coordinates of its box.
  Mask render(const Glyph& glyph, const VisiblePart& part);

  // How often it has rendered one.
  std::uint64_t rendered() const { return rendered_; }

 private:
  // A glyph at a fraction of a pixel; positions from its own pixel (0, 0).
  struct Known {
    VisiblePart box;
    bool rendered = false;
    VisiblePart ink;  // in the box, once it is rendered
    Mask mask;        // all of the box; empty unless it is small
  };

  FT_GlyphSlot load(const Glyph& glyph);
  Known& known(const Glyph& glyph);
  Mask render_whole(const Glyph& glyph);
  Mask render_part(const Glyph& glyph, const VisiblePart& part);
  void keep(Known& known, Mask whole);

  FT_Face face_;
  int pixels_ = 0;
  std::unordered_map<std::uint64_t, Known> known_;
  std::size_t bytes_ = 0;  // of what is known
  std::uint64_t rendered_ = 0;
};

}  // namespace imagemill::imaging
