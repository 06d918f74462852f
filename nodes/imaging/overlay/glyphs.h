// Glyphs of a font as pixels, at one size.
#pragma once

#include <cstdint>
#include <unordered_map>

#include <ft2build.h>
#include FT_FREETYPE_H

#include "nodes/imaging/overlay/text.h"

namespace imagemill::imaging {

// Load flags for every size. Light hinting moves outlines to whole pixels vertically only: sharp
// stems and baselines at small sizes, while advances and horizontal shapes stay the font's own. No
// embedded bitmaps, so one way of drawing serves every size.
inline constexpr int kLoadFlags = FT_LOAD_TARGET_LIGHT | FT_LOAD_NO_BITMAP;

// Renders glyphs and keeps small masks, less than Font::kKeptGlyphs in all, so that a repeated
// glyph is not rendered again. Not thread-safe.
class Glyphs {
 public:
  // Requires: `face` outlives this object, and nobody else changes the face's size.
  explicit Glyphs(FT_Face face) : face_(face) {}

  // Sets the size in pixels to the em; false if the face refuses.
  bool set_size(int pixels);

  // Drops all cached boxes and masks: those made without enough memory are wrong.
  void forget();

  // Sets the glyph's box from its outline, so that all its ink lies inside; empty without ink.
  void measure(Glyph& glyph);
  // The part of the glyph's box that has ink; empty without ink. For a glyph above
  // Font::kWholeGlyphs: the box.
  VisiblePart ink_of(const Glyph& glyph);
  // Renders `part` of the glyph, in the coordinates of the glyph's box.
  Mask render(const Glyph& glyph, const VisiblePart& part);

  // Glyphs rendered so far.
  std::uint64_t rendered() const { return rendered_; }

 private:
  // A glyph at a fraction of a pixel; positions from its own pixel (0, 0).
  struct Known {
    VisiblePart box;
    bool rendered = false;
    VisiblePart ink;  // in the box; set once `rendered`
    Mask mask;        // the whole box; empty unless small
  };

  FT_GlyphSlot load(const Glyph& glyph);
  Known& known(const Glyph& glyph);
  Mask render_whole(const Glyph& glyph);
  Mask render_part(const Glyph& glyph, const VisiblePart& part);
  void keep(Known& known, Mask whole);

  FT_Face face_;
  int pixels_ = 0;
  std::unordered_map<std::uint64_t, Known> known_;
  std::size_t bytes_ = 0;  // kept in known_
  std::uint64_t rendered_ = 0;
};

}  // namespace imagemill::imaging
