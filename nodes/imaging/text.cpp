#include "nodes/imaging/text.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include <ft2build.h>
#include FT_FREETYPE_H
#include FT_BBOX_H
#include FT_OUTLINE_H
#include <raqm.h>

namespace imagemill::imaging {
namespace {

namespace fs = std::filesystem;

// Light hinting moves outlines to whole pixels vertically only: sharp stems and baselines at small
// sizes, while advances and horizontal shapes stay the font's own. No embedded bitmaps, so that one
// way of drawing serves every size.
constexpr int kLoadFlags = FT_LOAD_TARGET_LIGHT | FT_LOAD_NO_BITMAP;

constexpr std::string_view kDefaultFont = "DejaVuSans.ttf";
constexpr std::string_view kUsualFolder = "/usr/share/fonts/truetype/dejavu";

// The code points of well-formed UTF-8 (RFC 3629), or nothing.
std::optional<std::vector<std::uint32_t>> decode_utf8(std::string_view text) {
  std::vector<std::uint32_t> code_points;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<std::uint8_t>(text[i++]);
    const int following = lead < 0x80   ? 0
                          : lead < 0xC0 ? -1
                          : lead < 0xE0 ? 1
                          : lead < 0xF0 ? 2
                                        : 3;
    if (following < 0 || lead > 0xF4 || i + following > text.size()) return std::nullopt;
    std::uint32_t code_point = following == 0 ? lead : lead & (0x3F >> following);
    for (int k = 0; k < following; ++k) {
      const auto byte = static_cast<std::uint8_t>(text[i++]);
      if (byte >> 6 != 2) return std::nullopt;
      code_point = code_point << 6 | (byte & 0x3F);
    }
    constexpr std::uint32_t kSmallest[] = {0, 0x80, 0x800, 0x10000};
    const bool is_surrogate = code_point >> 11 == 0xD800 >> 11;
    if (code_point < kSmallest[following] || is_surrogate || code_point > 0x10FFFF) {
      return std::nullopt;
    }
    code_points.push_back(code_point);
  }
  return code_points;
}

struct RaqmDeleter {
  void operator()(raqm_t* layout) const { raqm_destroy(layout); }
};
using Layout = std::unique_ptr<raqm_t, RaqmDeleter>;

// As far as a line may go, in 1/64 pixel, so that none of what follows overflows.
constexpr int kFarthest = 1 << 29;

// Small glyphs are kept from layout to rasterisation, large ones drawn again.
constexpr int kKeptPixels = 64 * 64;

// The outline of a glyph, moved to the fraction of a pixel at which it is drawn: horizontally the
// very one, vertically a whole pixel, where hinting put its edges. Null where there is none.
FT_GlyphSlot load(FT_Face face, const Glyph& glyph) {
  if (FT_Load_Glyph(face, glyph.index, kLoadFlags) != 0) return nullptr;
  FT_GlyphSlot slot = face->glyph;
  if (slot->format != FT_GLYPH_FORMAT_OUTLINE) return nullptr;
  FT_Outline_Translate(&slot->outline, glyph.x & 63, 0);
  return slot;
}

// Where the outline's pixel (0, 0) is.
int column_of(const Glyph& glyph) { return glyph.x >> 6; }
int row_of(const Glyph& glyph) { return -((glyph.y + 32) >> 6); }

Mask mask_of(const FT_Bitmap& bitmap) {
  Mask mask{{static_cast<int>(bitmap.width), static_cast<int>(bitmap.rows)}, {}};
  mask.coverage.reserve(static_cast<std::size_t>(bitmap.width) * bitmap.rows);
  for (unsigned row = 0; row < bitmap.rows; ++row) {
    const unsigned char* from = bitmap.buffer + static_cast<std::ptrdiff_t>(row) * bitmap.pitch;
    mask.coverage.insert(mask.coverage.end(), from, from + bitmap.width);
  }
  return mask;
}

// The box of a mask's ink; empty without any.
VisiblePart ink_of(const Mask& mask) {
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
  for (int y = part.top; y < part.bottom; ++y) {
    const auto row = mask.coverage.begin() + static_cast<std::ptrdiff_t>(y) * mask.size.width;
    cut.coverage.insert(cut.coverage.end(), row + part.left, row + part.right);
  }
  return cut;
}

// The box of a glyph that is too large to be rasterised for it.
VisiblePart box_of(FT_Outline& outline) {
  FT_BBox box{};
  if (FT_Outline_Get_BBox(&outline, &box) != 0) return {};
  const auto floor = [](FT_Pos at) { return static_cast<int>(at >> 6); };
  const auto ceil = [](FT_Pos at) { return static_cast<int>((at + 63) >> 6); };
  return {floor(box.xMin), -ceil(box.yMax), ceil(box.xMax), -floor(box.yMin)};
}

// Finds out where the glyph's ink is. False without any.
bool measure(FT_Face face, int pixels, Glyph& glyph) {
  FT_GlyphSlot slot = load(face, glyph);
  if (slot == nullptr) return false;
  if (pixels > Font::kWholeGlyphs) {
    const VisiblePart box = box_of(slot->outline);
    glyph.left = column_of(glyph) + box.left;
    glyph.top = row_of(glyph) + box.top;
    glyph.size = box.size();
    return !box.empty();
  }
  if (FT_Render_Glyph(slot, FT_RENDER_MODE_NORMAL) != 0) return false;
  const Mask whole = mask_of(slot->bitmap);
  const VisiblePart ink = ink_of(whole);
  if (ink.empty()) return false;
  glyph.left = column_of(glyph) + slot->bitmap_left + ink.left;
  glyph.top = row_of(glyph) - slot->bitmap_top + ink.top;
  glyph.size = ink.size();
  if (glyph.size.width * glyph.size.height <= kKeptPixels) {
    glyph.mask = part_of(whole, ink);
  }
  return true;
}

// What shows of a glyph: `part` in the coordinates of its box.
Mask rasterised(FT_Face face, int pixels, const Glyph& glyph, const VisiblePart& part) {
  FT_GlyphSlot slot = load(face, glyph);
  if (slot == nullptr) return {};
  if (pixels <= Font::kWholeGlyphs) {
    if (FT_Render_Glyph(slot, FT_RENDER_MODE_NORMAL) != 0) return {};
    const int x = glyph.left - column_of(glyph) - slot->bitmap_left;
    const int y = glyph.top - row_of(glyph) + slot->bitmap_top;
    return part_of(mask_of(slot->bitmap),
                   {part.left + x, part.top + y, part.right + x, part.bottom + y});
  }
  Mask mask{part.size(), {}};
  mask.coverage.resize(static_cast<std::size_t>(mask.size.width) * mask.size.height);
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
  return FT_Outline_Get_Bitmap(slot->library, &slot->outline, &bitmap) == 0 ? mask : Mask{};
}

// `before` `path` `after`, as one sentence.
tl::unexpected<Fault> no_font(std::string_view before, const std::string& path,
                              std::string_view after) {
  std::string message(before);
  message += path;
  message += after;
  return fault("no_font", std::move(message));
}

std::vector<fs::path> font_folders() {
  std::vector<fs::path> folders = {"/usr/share/fonts", "/usr/local/share/fonts"};
  if (const char* home = std::getenv("HOME"))
    folders.push_back(fs::path(home) / ".local/share/fonts");
  return folders;
}

bool is_file(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

}  // namespace

struct Font::State {
  FT_Library library = nullptr;
  FT_Face face = nullptr;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    FT_Done_Face(face);
    FT_Done_FreeType(library);
  }
};

Font::Font(std::unique_ptr<State> state) : state_(std::move(state)) {}
Font::~Font() = default;
Font::Font(Font&&) noexcept = default;
Font& Font::operator=(Font&&) noexcept = default;

Result<Font> Font::open(const std::string& path) {
  auto state = std::make_unique<State>();
  if (FT_Init_FreeType(&state->library) != 0) {
    return no_font("FreeType cannot start to open the font ", path, ".");
  }
  if (FT_New_Face(state->library, path.c_str(), 0, &state->face) != 0) {
    if (!is_file(path)) return no_font("There is no font file ", path, ".");
    return no_font("The file ", path, " cannot be read as a font.");
  }
  if (!FT_IS_SCALABLE(state->face)) {
    return no_font("The font ", path, " is not scalable.");
  }
  return Font(std::move(state));
}

Result<std::string> Font::find(const std::string& name) {
  if (name.find('/') != std::string::npos) {
    if (is_file(name)) return name;
    return no_font("There is no font file ", name, ".");
  }
  const fs::path wanted = name.empty() ? fs::path(kDefaultFont) : fs::path(name);
  if (is_file(kUsualFolder / wanted)) return (kUsualFolder / wanted).string();
  const std::vector<fs::path> folders = font_folders();
  for (const fs::path& folder : folders) {
    // The least of several paths, since folders list their files in any order.
    std::optional<std::string> found;
    std::error_code error;
    fs::recursive_directory_iterator files(folder, fs::directory_options::skip_permission_denied,
                                           error);
    for (; !error && files != fs::recursive_directory_iterator(); files.increment(error)) {
      if (files->path().filename() != wanted || !is_file(files->path())) continue;
      if (!found || files->path().string() < *found) found = files->path().string();
    }
    if (found) return *found;
  }
  std::string searched = " below";
  for (const fs::path& folder : folders) searched.append(" ").append(folder.string());
  return no_font("There is no font ", wanted.string(), searched + ".");
}

Result<TextLine> Font::lay_out(const std::string& text, int pixels) {
  const auto code_points = decode_utf8(text);
  if (!code_points) return fault("bad_text", "The text is not UTF-8.");
  TextLine line;
  line.pixels = pixels;
  if (code_points->empty()) return line;

  FT_Face face = state_->face;
  const Layout layout(raqm_create());
  if (FT_Set_Pixel_Sizes(face, 0, static_cast<FT_UInt>(pixels)) != 0 || !layout ||
      !raqm_set_text(layout.get(), code_points->data(), code_points->size()) ||
      !raqm_set_freetype_face(layout.get(), face) ||
      !raqm_set_freetype_load_flags(layout.get(), kLoadFlags) || !raqm_layout(layout.get())) {
    return fault("bad_text", "The text cannot be laid out.");
  }
  std::size_t count = 0;
  const raqm_glyph_t* shaped = raqm_get_glyphs(layout.get(), &count);
  int x = 0, y = 0;  // 1/64 pixel
  for (std::size_t i = 0; i < count; ++i) {
    if (std::abs(x) > kFarthest || std::abs(y) > kFarthest) {
      return fault("bad_text", "The text is too long at " + std::to_string(pixels) + " px.");
    }
    Glyph glyph;
    glyph.index = shaped[i].index;
    glyph.x = x + shaped[i].x_offset;
    glyph.y = y + shaped[i].y_offset;
    if (measure(face, pixels, glyph)) line.glyphs.push_back(std::move(glyph));
    x += shaped[i].x_advance;
    y += shaped[i].y_advance;
  }
  if (line.glyphs.empty()) return line;
  const Glyph& first = line.glyphs.front();
  VisiblePart ink{first.left, first.top, first.left, first.top};
  for (const Glyph& glyph : line.glyphs) {
    ink = {std::min(ink.left, glyph.left), std::min(ink.top, glyph.top),
           std::max(ink.right, glyph.left + glyph.size.width),
           std::max(ink.bottom, glyph.top + glyph.size.height)};
  }
  line.left = ink.left;
  line.top = ink.top;
  line.size = ink.size();
  return line;
}

Mask Font::rasterise(const TextLine& line, const VisiblePart& part) {
  if (part.empty()) return {};
  FT_Set_Pixel_Sizes(state_->face, 0, static_cast<FT_UInt>(line.pixels));
  Mask merged{part.size(), {}};
  merged.coverage.resize(static_cast<std::size_t>(merged.size.width) * merged.size.height);
  for (const Glyph& glyph : line.glyphs) {
    const Position at{glyph.left - line.left - part.left, glyph.top - line.top - part.top};
    const VisiblePart seen = visible_part(merged.size, glyph.size, at);
    if (seen.empty()) continue;
    const Mask drawn = glyph.mask.coverage.empty()
                           ? rasterised(state_->face, line.pixels, glyph, seen)
                           : part_of(glyph.mask, seen);
    const std::uint8_t* from = drawn.coverage.data();
    for (int y = 0; y < drawn.size.height; ++y, from += drawn.size.width) {
      std::uint8_t* to = merged.coverage.data() + (at.x + seen.left) +
                         static_cast<std::size_t>(at.y + seen.top + y) * merged.size.width;
      for (int x = 0; x < drawn.size.width; ++x) {
        to[x] = static_cast<std::uint8_t>(std::min(255, to[x] + from[x]));
      }
    }
  }
  return merged;
}

}  // namespace imagemill::imaging
