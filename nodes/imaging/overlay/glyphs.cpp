#include "nodes/imaging/overlay/glyphs.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <utility>

#include FT_BBOX_H
#include FT_OUTLINE_H

namespace imagemill::imaging {
namespace {

// Largest mask that is kept, in bytes; larger ones are rendered again.
constexpr std::size_t kSmallMask = Font::kKeptGlyphs / 4;
// Bytes kept beyond which the cache is cleared, before the next mask exceeds the limit.
constexpr std::size_t kFull = Font::kKeptGlyphs - 2 * kSmallMask;

// Position of the outline's pixel (0, 0).
int column_of(const Glyph& glyph) { return glyph.x >> 6; }
int row_of(const Glyph& glyph) { return -((glyph.y + 32) >> 6); }

Mask blank(Size size) {
  return {size, std::vector<std::uint8_t>(static_cast<std::size_t>(size.width) * size.height)};
}

// Box of the pixels that the outline touches. For an outline rasterised as a whole it is FreeType's
// own, that of the control points.
VisiblePart box_of(FT_Outline& outline, int pixels) {
  FT_BBox box{};
  if (pixels <= Font::kWholeGlyphs) {
    FT_Outline_Get_CBox(&outline, &box);
  } else if (FT_Outline_Get_BBox(&outline, &box) != 0) {
    return {};
  }
  const auto floor = [](FT_Pos at) { return static_cast<int>(at >> 6); };
  const auto ceil = [](FT_Pos at) { return static_cast<int>((at + 63) >> 6); };
  return {floor(box.xMin), -ceil(box.yMax), ceil(box.xMax), -floor(box.yMin)};
}

// Box of a mask's ink; empty without ink.
VisiblePart ink_box(const Mask& mask) {
  VisiblePart ink{mask.size.width, mask.size.height, 0, 0};
  const std::uint8_t* row = mask.coverage.data();
  for (int y = 0; y < mask.size.height; ++y, row += mask.size.width) {
    for (int x = 0; x < mask.size.width; ++x) {
      if (row[x] == 0) continue;
      ink = {std::min(ink.left, x), std::min(ink.top, y), std::max(ink.right, x + 1), y + 1};
    }
  }
  return ink;
}

Mask part_of(const Mask& mask, const VisiblePart& part) {
  Mask cut{part.size(), {}};
  cut.coverage.reserve(static_cast<std::size_t>(cut.size.width) * cut.size.height);
  for (int y = part.top; y < part.bottom; ++y) {
    const auto row = mask.coverage.begin() + static_cast<std::ptrdiff_t>(y) * mask.size.width;
    cut.coverage.insert(cut.coverage.end(), row + part.left, row + part.right);
  }
  return cut;
}

}  // namespace

bool Glyphs::set_size(int pixels) {
  if (pixels == pixels_) return true;
  forget();
  pixels_ = 0;
  if (FT_Set_Pixel_Sizes(face_, 0, static_cast<FT_UInt>(pixels)) != 0) return false;
  pixels_ = pixels;
  return true;
}

void Glyphs::forget() {
  known_.clear();
  bytes_ = 0;
}

// Loads the outline, moved to the fraction of a pixel at which it is drawn: horizontally the exact
// one, vertically a whole pixel, where hinting put its edges. Null without an outline.
FT_GlyphSlot Glyphs::load(const Glyph& glyph) {
  if (FT_Load_Glyph(face_, glyph.index, kLoadFlags) != 0) return nullptr;
  FT_GlyphSlot slot = face_->glyph;
  if (slot->format != FT_GLYPH_FORMAT_OUTLINE) return nullptr;
  FT_Outline_Translate(&slot->outline, glyph.x & 63, 0);
  return slot;
}

Glyphs::Known& Glyphs::known(const Glyph& glyph) {
  const std::uint64_t key = std::uint64_t{glyph.index} << 6 | (glyph.x & 63);
  if (const auto found = known_.find(key); found != known_.end()) return found->second;
  if (bytes_ > kFull) {
    known_.clear();
    bytes_ = 0;
  }
  constexpr std::size_t kEntryBytes = sizeof(Known) + 64;
  // The box is computed before the entry is kept, so that a throw leaves no entry without a box.
  VisiblePart box;
  if (FT_GlyphSlot slot = load(glyph)) box = box_of(slot->outline, pixels_);
  Known& added = known_[key];
  added.box = box;
  bytes_ += kEntryBytes;
  return added;
}

void Glyphs::measure(Glyph& glyph) {
  const VisiblePart& box = known(glyph).box;
  glyph.left = column_of(glyph) + box.left;
  glyph.top = row_of(glyph) + box.top;
  glyph.size = box.size();
}

VisiblePart Glyphs::ink_of(const Glyph& glyph) {
  if (pixels_ > Font::kWholeGlyphs) return {0, 0, glyph.size.width, glyph.size.height};
  Known& known = this->known(glyph);
  if (!known.rendered) keep(known, render_whole(glyph));
  return known.ink;
}

Mask Glyphs::render(const Glyph& glyph, const VisiblePart& part) {
  if (pixels_ > Font::kWholeGlyphs) return render_part(glyph, part);
  Known& known = this->known(glyph);
  if (!known.mask.coverage.empty()) return part_of(known.mask, part);
  Mask whole = render_whole(glyph);
  Mask cut = part_of(whole, part);
  keep(known, std::move(whole));
  return cut;
}

void Glyphs::keep(Known& known, Mask whole) {
  known.rendered = true;
  known.ink = ink_box(whole);
  if (whole.coverage.size() > kSmallMask) return;
  bytes_ += whole.coverage.size();
  known.mask = std::move(whole);
}

Mask Glyphs::render_whole(const Glyph& glyph) {
  ++rendered_;
  Mask whole = blank(glyph.size);
  FT_GlyphSlot slot = load(glyph);
  if (slot == nullptr || FT_Render_Glyph(slot, FT_RENDER_MODE_NORMAL) != 0) return whole;
  const FT_Bitmap& bitmap = slot->bitmap;
  const Size size{static_cast<int>(bitmap.width), static_cast<int>(bitmap.rows)};
  const Position at{slot->bitmap_left - (glyph.left - column_of(glyph)),
                    (row_of(glyph) - glyph.top) - slot->bitmap_top};
  const VisiblePart seen = visible_part(whole.size, size, at);
  for (int y = seen.top; y < seen.bottom && !seen.empty(); ++y) {
    std::memcpy(whole.coverage.data() + static_cast<std::ptrdiff_t>(at.y + y) * whole.size.width +
                    at.x + seen.left,
                bitmap.buffer + static_cast<std::ptrdiff_t>(y) * bitmap.pitch + seen.left,
                static_cast<std::size_t>(seen.right - seen.left));
  }
  return whole;
}

Mask Glyphs::render_part(const Glyph& glyph, const VisiblePart& part) {
  ++rendered_;
  Mask mask = blank(part.size());
  FT_GlyphSlot slot = load(glyph);
  if (slot == nullptr) return mask;
  FT_Bitmap bitmap{};
  bitmap.rows = static_cast<unsigned>(mask.size.height);
  bitmap.width = static_cast<unsigned>(mask.size.width);
  bitmap.pitch = mask.size.width;
  bitmap.buffer = mask.coverage.data();
  bitmap.num_grays = 256;
  bitmap.pixel_mode = FT_PIXEL_MODE_GRAY;
  const int left = glyph.left - column_of(glyph) + part.left;
  const int bottom = glyph.top - row_of(glyph) + part.bottom;  // y downwards
  FT_Outline_Translate(&slot->outline, FT_Pos{-left} * 64, FT_Pos{bottom} * 64);
  FT_Outline_Get_Bitmap(slot->library, &slot->outline, &bitmap);
  return mask;
}

}  // namespace imagemill::imaging
