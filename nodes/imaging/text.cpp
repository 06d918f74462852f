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

// A rasterised glyph, in pixels from the start of the baseline, y downwards.
struct Glyph {
  int x = 0;
  int y = 0;
  Mask mask;
};

// The face's glyph `index` with its origin at `x`, `y` (1/64 pixel, y upwards). Horizontally it is
// drawn at the very fraction, vertically at a whole pixel, where hinting put its edges.
std::optional<Glyph> rasterise(FT_Face face, unsigned index, int x, int y) {
  if (FT_Load_Glyph(face, index, kLoadFlags) != 0) return std::nullopt;
  FT_GlyphSlot slot = face->glyph;
  if (slot->format != FT_GLYPH_FORMAT_OUTLINE) return std::nullopt;
  FT_Outline_Translate(&slot->outline, x & 63, 0);
  if (FT_Render_Glyph(slot, FT_RENDER_MODE_NORMAL) != 0) return std::nullopt;

  const FT_Bitmap& bitmap = slot->bitmap;
  Glyph glyph{(x >> 6) + slot->bitmap_left, -((y + 32) >> 6) - slot->bitmap_top, {}};
  glyph.mask.size = {static_cast<int>(bitmap.width), static_cast<int>(bitmap.rows)};
  glyph.mask.coverage.reserve(static_cast<std::size_t>(bitmap.width) * bitmap.rows);
  for (unsigned row = 0; row < bitmap.rows; ++row) {
    const unsigned char* from = bitmap.buffer + static_cast<std::ptrdiff_t>(row) * bitmap.pitch;
    glyph.mask.coverage.insert(glyph.mask.coverage.end(), from, from + bitmap.width);
  }
  return glyph;
}

// All glyphs in one mask; where they touch, their coverage adds up.
Mask merge(const std::vector<Glyph>& glyphs) {
  if (glyphs.empty()) return {};
  int left = glyphs[0].x, top = glyphs[0].y, right = left, bottom = top;
  for (const Glyph& glyph : glyphs) {
    left = std::min(left, glyph.x);
    top = std::min(top, glyph.y);
    right = std::max(right, glyph.x + glyph.mask.size.width);
    bottom = std::max(bottom, glyph.y + glyph.mask.size.height);
  }
  Mask merged{{right - left, bottom - top}, {}};
  merged.coverage.resize(static_cast<std::size_t>(merged.size.width) * merged.size.height);
  for (const Glyph& glyph : glyphs) {
    const std::uint8_t* from = glyph.mask.coverage.data();
    for (int y = 0; y < glyph.mask.size.height; ++y, from += glyph.mask.size.width) {
      std::uint8_t* to = merged.coverage.data() + (glyph.x - left) +
                         static_cast<std::size_t>(glyph.y - top + y) * merged.size.width;
      for (int x = 0; x < glyph.mask.size.width; ++x) {
        to[x] = static_cast<std::uint8_t>(std::min(255, to[x] + from[x]));
      }
    }
  }
  return merged;
}

// Without the empty rows and columns around the ink.
Mask trim(const Mask& mask) {
  int left = mask.size.width, top = mask.size.height, right = 0, bottom = 0;
  const std::uint8_t* row = mask.coverage.data();
  for (int y = 0; y < mask.size.height; ++y, row += mask.size.width) {
    for (int x = 0; x < mask.size.width; ++x) {
      if (row[x] == 0) continue;
      left = std::min(left, x);
      right = std::max(right, x + 1);
      top = std::min(top, y);
      bottom = y + 1;
    }
  }
  if (left >= right) return {};
  Mask trimmed{{right - left, bottom - top}, {}};
  for (int y = top; y < bottom; ++y) {
    const auto begin = mask.coverage.begin() + static_cast<std::ptrdiff_t>(y) * mask.size.width;
    trimmed.coverage.insert(trimmed.coverage.end(), begin + left, begin + right);
  }
  return trimmed;
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

Result<Mask> Font::render(const std::string& text, int pixels) {
  const auto code_points = decode_utf8(text);
  if (!code_points) return fault("bad_text", "The text is not UTF-8.");
  if (code_points->empty()) return Mask{};

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
  std::vector<Glyph> glyphs;
  int x = 0, y = 0;  // 1/64 pixel
  for (std::size_t i = 0; i < count; ++i) {
    auto glyph = rasterise(face, shaped[i].index, x + shaped[i].x_offset, y + shaped[i].y_offset);
    if (glyph) glyphs.push_back(std::move(*glyph));
    x += shaped[i].x_advance;
    y += shaped[i].y_advance;
  }
  return trim(merge(glyphs));
}

}  // namespace imagemill::imaging
