#include "nodes/imaging/overlay/text.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <new>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

#include <ft2build.h>
#include FT_FREETYPE_H
#include FT_MODULE_H
#include FT_SYSTEM_H

#include "nodes/imaging/bytes/utf8.h"
#include "nodes/imaging/overlay/glyphs.h"
#include "nodes/imaging/overlay/shaping.h"

namespace imagemill::imaging {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kDefaultFont = "DejaVuSans.ttf";
constexpr std::string_view kUsualFolder = "/usr/share/fonts/truetype/dejavu";

// Limit of a line's extent, in 1/64 pixel, so that no later computation overflows.
constexpr int kFarthest = 1 << 29;

// Glyphs measured, a few µs each, between two cancellation checks.
constexpr std::size_t kGlyphsUnasked = 64;

bool breaks_line(char32_t character) {
  return (character >= 0x0A && character <= 0x0D) || character == 0x85 || character == 0x2028 ||
         character == 0x2029;
}
bool is_control(char32_t character) {
  return character < 0x20 || (character >= 0x7F && character < 0xA0);
}

// Whether a character is invisible, so that a font need not have it (Unicode's
// Default_Ignorable_Code_Point): joiners, directions, selectors of variants.
bool is_ignorable(char32_t character) {
  constexpr std::pair<char32_t, char32_t> kIgnorable[] = {
      {0xAD, 0xAD},       {0x34F, 0x34F},    {0x61C, 0x61C},   {0x115F, 0x1160}, {0x17B4, 0x17B5},
      {0x180B, 0x180F},   {0x200B, 0x200F},  {0x202A, 0x202E}, {0x2060, 0x206F}, {0x3164, 0x3164},
      {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},  {0xFFA0, 0xFFA0}, {0xFFF0, 0xFFF8}, {0x1BCA0, 0x1BCA3},
      {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF}};
  return std::any_of(std::begin(kIgnorable), std::end(kIgnorable), [&](const auto& range) {
    return range.first <= character && character <= range.second;
  });
}

VisiblePart united(const VisiblePart& a, const VisiblePart& b) {
  if (a.empty()) return b;
  if (b.empty()) return a;
  return {std::min(a.left, b.left), std::min(a.top, b.top), std::max(a.right, b.right),
          std::max(a.bottom, b.bottom)};
}

VisiblePart box_of(const Glyph& glyph) {
  return {glyph.left, glyph.top, glyph.left + glyph.size.width, glyph.top + glyph.size.height};
}

// Box of a line's ink; nullopt after cancellation. Renders only glyphs whose own boxes reach beyond
// the ink known so far, at first the four outermost.
std::optional<VisiblePart> ink_of(const std::vector<Glyph>& line, Glyphs& glyphs,
                                  const GiveUp& give_up) {
  VisiblePart ink;
  const auto add = [&](const Glyph& glyph) {
    VisiblePart own = glyphs.ink_of(glyph);
    if (own.empty()) return;
    own = {own.left + glyph.left, own.top + glyph.top, own.right + glyph.left,
           own.bottom + glyph.top};
    ink = united(ink, own);
  };
  const auto add_least = [&](const auto& side) {
    const auto least = std::min_element(
        line.begin(), line.end(),
        [&](const Glyph& a, const Glyph& b) { return side(box_of(a)) < side(box_of(b)); });
    if (least != line.end()) add(*least);
  };
  add_least([](const VisiblePart& box) { return box.left; });
  add_least([](const VisiblePart& box) { return box.top; });
  add_least([](const VisiblePart& box) { return -box.right; });
  add_least([](const VisiblePart& box) { return -box.bottom; });
  for (const Glyph& glyph : line) {
    const VisiblePart box = box_of(glyph);
    if (united(ink, box) == ink) continue;
    if (give_up && give_up()) return std::nullopt;
    add(glyph);
  }
  return ink;
}

// Characters of the text that the font has no glyph for.
std::u32string missing_in(const std::u32string& text, std::span<const ShapedGlyph> shaped,
                          FT_Face face) {
  std::vector<bool> begins(text.size() + 1);
  begins.back() = true;
  for (const ShapedGlyph& glyph : shaped) begins[glyph.character] = true;
  std::u32string missing;
  for (const ShapedGlyph& glyph : shaped) {
    if (glyph.index != 0) continue;
    std::size_t at = glyph.character;
    do {
      const char32_t character = text[at];
      if (FT_Get_Char_Index(face, character) == 0 && !is_ignorable(character) &&
          missing.find(character) == std::u32string::npos) {
        missing += character;
      }
    } while (!begins[++at]);
  }
  return missing;
}

// The fault no_font, with `before`, `path` and `after` as one sentence.
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
  std::string name;
  std::optional<Glyphs> glyphs;  // of the face
  std::optional<Shaper> shaper;  // of the face
  int shaped_pixels = 0;         // to the em, at which the shaper last worked

  State() : memory_{this, allocate, release, reallocate} {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    shaper.reset();  // before its face
    FT_Done_Face(face);
    FT_Done_Library(library);
  }

  FT_Error start() {
    if (const FT_Error error = FT_New_Library(&memory_, &library)) return error;
    FT_Add_Default_Modules(library);
    FT_Set_Default_Properties(library);
    return 0;
  }
  // Throws std::bad_alloc if an allocation failed since the last call, and drops the cached glyphs.
  // FreeType goes on without what it has no memory for, such as a module of its own or a glyph.
  void check_memory() {
    if (!std::exchange(lacked_memory_, false)) return;
    if (glyphs) glyphs->forget();
    if (shaper) shaper->forget();
    throw std::bad_alloc();
  }

 private:
  static void* noted(FT_Memory memory, void* block) {
    if (block == nullptr) static_cast<State*>(memory->user)->lacked_memory_ = true;
    return block;
  }
  static void* allocate(FT_Memory memory, long bytes) {
    return noted(memory, std::malloc(static_cast<std::size_t>(bytes)));
  }
  static void release(FT_Memory /*memory*/, void* block) { std::free(block); }
  static void* reallocate(FT_Memory memory, long /*held*/, long bytes, void* block) {
    return noted(memory, std::realloc(block, static_cast<std::size_t>(bytes)));
  }

  FT_MemoryRec_ memory_;
  bool lacked_memory_ = false;
};

Font::Font(std::unique_ptr<State> state) : state_(std::move(state)) {}
Font::~Font() = default;
Font::Font(Font&&) noexcept = default;
Font& Font::operator=(Font&&) noexcept = default;

Result<Font> Font::open(const std::string& path) {
  auto state = std::make_unique<State>();
  const FT_Error started = state->start();
  state->check_memory();
  if (started != 0) return no_font("FreeType cannot start to open the font ", path, ".");
  const FT_Error opened = FT_New_Face(state->library, path.c_str(), 0, &state->face);
  state->check_memory();
  if (opened != 0) {
    if (!is_file(path)) return no_font("There is no font file ", path, ".");
    return no_font("The file ", path, " cannot be read as a font.");
  }
  if (!FT_IS_SCALABLE(state->face)) {
    return no_font("The font ", path, " is not scalable.");
  }
  state->name = fs::path(path).stem().string();
  state->glyphs.emplace(state->face);
  state->shaper.emplace(state->face);
  return Font(std::move(state));
}

const std::string& Font::name() const { return state_->name; }

double Font::largest_glyph() const {
  const FT_BBox& box = state_->face->bbox;
  const double em = state_->face->units_per_EM;
  return static_cast<double>(box.xMax - box.xMin) / em *
         (static_cast<double>(box.yMax - box.yMin) / em);
}

Result<std::string> Font::find(const std::string& name, const GiveUp& give_up) {
  if (name.find('/') != std::string::npos) {
    if (is_file(name)) return name;
    return no_font("There is no font file ", name, ".");
  }
  const fs::path wanted = name.empty() ? fs::path(kDefaultFont) : fs::path(name);
  if (is_file(kUsualFolder / wanted)) return (kUsualFolder / wanted).string();
  const std::vector<fs::path> folders = font_folders();
  for (const fs::path& folder : folders) {
    // The first of several paths in order, since folders list their files in any order.
    std::optional<std::string> found;
    std::error_code error;
    fs::recursive_directory_iterator files(folder, fs::directory_options::skip_permission_denied,
                                           error);
    for (; !error && files != fs::recursive_directory_iterator(); files.increment(error)) {
      if (give_up && give_up()) return fault("interrupted", "Stopped while fonts were searched.");
      if (files->path().filename() != wanted || !is_file(files->path())) continue;
      if (!found || files->path().string() < *found) found = files->path().string();
    }
    if (found) return *found;
  }
  std::string searched = " below";
  for (const fs::path& folder : folders) searched.append(" ").append(folder.string());
  return no_font("There is no font ", wanted.string(), searched + ".");
}

Result<std::u32string> line_of_text(std::string_view text) {
  std::u32string line;
  for (std::string_view rest = text; !rest.empty();) {
    const auto [code_point, bytes] = first_character(rest);
    if (bytes == 0) return fault("bad_text", "The text is not UTF-8.");
    const auto character = static_cast<char32_t>(code_point);
    if (breaks_line(character) || is_control(character)) {
      return fault("bad_text", std::string("The text has a ") +
                                   (breaks_line(character) ? "line break" : "control character") +
                                   " (" + code_point_name(character) + ").");
    }
    if (line.size() == kLongestLine) {
      return fault("bad_text",
                   "The text has more than " + std::to_string(kLongestLine) + " characters.");
    }
    line += character;
    rest.remove_prefix(bytes);
  }
  return line;
}

Result<TextLine> Font::lay_out(const std::string& text, int pixels, const GiveUp& give_up) {
  const auto characters = line_of_text(text);
  if (!characters) return tl::make_unexpected(characters.error());
  TextLine line;
  line.pixels = pixels;
  if (characters->empty()) return line;

  Glyphs& glyphs = *state_->glyphs;
  const bool has_size = glyphs.set_size(pixels);
  state_->check_memory();
  if (!has_size) return fault("bad_text", "The text cannot be laid out.");
  if (std::exchange(state_->shaped_pixels, pixels) != pixels) state_->shaper->forget();
  const auto shaped = state_->shaper->shape(*characters, give_up);
  state_->check_memory();
  if (!shaped) return fault("interrupted", "given up");
  line.missing = missing_in(*characters, *shaped, state_->face);
  int x = 0, y = 0;  // 1/64 pixel
  for (const ShapedGlyph& glyph : *shaped) {
    if (std::abs(x) > kFarthest || std::abs(y) > kFarthest) {
      return fault("bad_text", "The text is too long at " + std::to_string(pixels) + " px.");
    }
    line.glyphs.push_back({.index = glyph.index, .x = x + glyph.x, .y = y + glyph.y});
    x += glyph.advance_x;
    y += glyph.advance_y;
  }
  for (std::size_t i = 0; i < line.glyphs.size(); ++i) {
    if (i % kGlyphsUnasked == 0 && give_up && give_up()) return fault("interrupted", "given up");
    glyphs.measure(line.glyphs[i]);
  }
  std::erase_if(line.glyphs, [](const Glyph& glyph) { return box_of(glyph).empty(); });
  const auto ink = ink_of(line.glyphs, glyphs, give_up);
  state_->check_memory();
  if (!ink) return fault("interrupted", "given up");
  if (ink->empty()) {
    line.glyphs.clear();
    return line;
  }
  line.left = ink->left;
  line.top = ink->top;
  line.size = ink->size();
  return line;
}

std::uint64_t Font::rendered() const { return state_->glyphs->rendered(); }

std::size_t Font::layout_bytes(std::size_t characters) {
  constexpr std::size_t kShaping = std::size_t{128} << 10;  // HarfBuzz's, with the font's tables
  constexpr std::size_t kACharacter = 256;
  return kShaping + kACharacter * characters;
}

Mask Font::rasterise(const TextLine& line, const VisiblePart& part, const GiveUp& give_up) {
  if (part.empty()) return {};
  Glyphs& glyphs = *state_->glyphs;
  glyphs.set_size(line.pixels);
  state_->check_memory();
  Mask merged{part.size(), {}};
  merged.coverage.resize(static_cast<std::size_t>(merged.size.width) * merged.size.height);
  for (const Glyph& glyph : line.glyphs) {
    const Position at{glyph.left - line.left - part.left, glyph.top - line.top - part.top};
    const VisiblePart seen = visible_part(merged.size, glyph.size, at);
    if (seen.empty()) continue;
    if (give_up && give_up()) break;
    const Mask drawn = glyphs.render(glyph, seen);
    const std::uint8_t* from = drawn.coverage.data();
    for (int y = 0; y < drawn.size.height; ++y, from += drawn.size.width) {
      std::uint8_t* to = merged.coverage.data() + (at.x + seen.left) +
                         static_cast<std::size_t>(at.y + seen.top + y) * merged.size.width;
      for (int x = 0; x < drawn.size.width; ++x) {
        to[x] = static_cast<std::uint8_t>(std::min(255, to[x] + from[x]));
      }
    }
  }
  state_->check_memory();
  return merged;
}

}  // namespace imagemill::imaging
