#include "nodes/imaging/overlay/shaping.h"

#include <algorithm>
#include <memory>
#include <new>
#include <string_view>
#include <utility>

#include <fribidi.h>
#include <hb-ft.h>
#include <hb.h>

#include "nodes/imaging/overlay/glyphs.h"

namespace imagemill::imaging {
namespace {

struct Delete {
  void operator()(hb_font_t* font) const { hb_font_destroy(font); }
  void operator()(hb_buffer_t* buffer) const { hb_buffer_destroy(buffer); }
};
using HbFont = std::unique_ptr<hb_font_t, Delete>;
using HbBuffer = std::unique_ptr<hb_buffer_t, Delete>;

// A run of characters of one direction and script, in the order of the text.
struct Run {
  std::size_t begin = 0;
  std::size_t length = 0;
  FriBidiLevel level = 0;
  hb_script_t script = HB_SCRIPT_COMMON;

  bool is_backward() const { return level % 2 != 0; }
};

// Paired brackets and quotation marks, opening and closing in turn.
constexpr std::u32string_view kPairs = U"()<>[]{}«»‘’“”‹›〈〉《》「」『』【】〔〕〖〗〘〙〚〛";

// Script of each character. A character of any script takes the script before it; at the beginning
// of the text, the script that follows. A closing bracket takes that of its opening bracket.
std::vector<hb_script_t> scripts_of(const std::u32string& text) {
  hb_unicode_funcs_t* unicode = hb_unicode_funcs_get_default();
  std::vector<hb_script_t> scripts(text.size());
  std::vector<std::pair<std::size_t, hb_script_t>> open;  // place in kPairs, script
  hb_script_t last = HB_SCRIPT_COMMON;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const hb_script_t own = hb_unicode_script(unicode, text[i]);
    const bool any = own == HB_SCRIPT_COMMON || own == HB_SCRIPT_INHERITED;
    if (!any || i == 0) last = own;
    scripts[i] = last;
    const auto pair = own == HB_SCRIPT_COMMON && i > 0 ? kPairs.find(text[i]) : kPairs.npos;
    if (pair == kPairs.npos) continue;
    if (pair % 2 == 0) {
      open.emplace_back(pair, last);
      continue;
    }
    while (!open.empty() && open.back().first != pair - 1) open.pop_back();
    if (open.empty()) continue;
    last = scripts[i] = open.back().second;
  }
  for (std::size_t i = text.size() - 1; i-- > 0;) {
    const bool any = scripts[i] == HB_SCRIPT_COMMON || scripts[i] == HB_SCRIPT_INHERITED;
    if (any) scripts[i] = scripts[i + 1];
  }
  return scripts;
}

// Embedding level of each character: odd from right to left (Unicode's annex 9).
std::vector<FriBidiLevel> levels_of(const std::u32string& text) {
  const auto length = static_cast<FriBidiStrIndex>(text.size());
  const std::vector<FriBidiChar> characters(text.begin(), text.end());
  std::vector<FriBidiCharType> types(text.size());
  std::vector<FriBidiBracketType> brackets(text.size());
  std::vector<FriBidiLevel> levels(text.size());
  fribidi_get_bidi_types(characters.data(), length, types.data());
  fribidi_get_bracket_types(characters.data(), length, types.data(), brackets.data());
  FriBidiParType direction = FRIBIDI_PAR_ON;
  if (fribidi_get_par_embedding_levels_ex(types.data(), brackets.data(), length, &direction,
                                          levels.data()) == 0) {
    throw std::bad_alloc();
  }
  // Rule L1: blanks at the end take the paragraph's level.
  for (std::size_t i = text.size(); i-- > 0 && FRIBIDI_IS_EXPLICIT_OR_BN_OR_WS(types[i]);) {
    levels[i] = FRIBIDI_DIR_TO_LEVEL(direction);
  }
  return levels;
}

// Runs from left to right.
std::vector<Run> runs_of(const std::vector<FriBidiLevel>& levels,
                         const std::vector<hb_script_t>& scripts) {
  std::vector<Run> runs;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    if (runs.empty() || levels[i] != runs.back().level || scripts[i] != runs.back().script) {
      runs.push_back({i, 0, levels[i], scripts[i]});
    }
    ++runs.back().length;
  }
  // Rule L2: from the highest level down, stretches of that level or higher are reversed.
  const auto [least, most] = std::minmax_element(levels.begin(), levels.end());
  for (int level = *most; level > 0; --level) {
    for (auto run = runs.begin(); run != runs.end();) {
      const auto is_lower = [&](const Run& other) { return other.level < level; };
      const auto begin = std::find_if_not(run, runs.end(), is_lower);
      run = std::find_if(begin, runs.end(), is_lower);
      std::reverse(begin, run);
    }
  }
  return runs;
}

}  // namespace

// The HarfBuzz font and its buffers. HarfBuzz caches some 35 KB for each way of writing (a script
// in a direction) until the font is destroyed. So the font is made anew after a few of them.
struct Shaper::State {
  explicit State(FT_Face face) : face_(face) {}

  void shape(const std::u32string& text, const Run& run, std::vector<ShapedGlyph>& shaped) {
    know(run);
    hb_buffer_t* buffer = buffer_.get();
    hb_buffer_reset(buffer);
    hb_buffer_add_utf32(buffer, reinterpret_cast<const std::uint32_t*>(text.data()),
                        static_cast<int>(text.size()), static_cast<unsigned>(run.begin),
                        static_cast<int>(run.length));
    const bool begins = run.begin == 0;
    const bool ends = run.begin + run.length == text.size();
    hb_buffer_set_flags(buffer, static_cast<hb_buffer_flags_t>(
                                    (begins ? HB_BUFFER_FLAG_BOT : HB_BUFFER_FLAG_DEFAULT) |
                                    (ends ? HB_BUFFER_FLAG_EOT : HB_BUFFER_FLAG_DEFAULT)));
    hb_buffer_set_script(buffer, run.script);
    hb_buffer_set_language(buffer, hb_language_get_default());
    hb_buffer_set_direction(buffer, run.is_backward() ? HB_DIRECTION_RTL : HB_DIRECTION_LTR);
    const hb_bool_t shaped_all = hb_shape_full(font_.get(), buffer, nullptr, 0, nullptr);
    if (shaped_all == 0 || hb_buffer_allocation_successful(buffer) == 0) lack_memory();
    unsigned count = 0;
    const hb_glyph_info_t* infos = hb_buffer_get_glyph_infos(buffer, &count);
    const hb_glyph_position_t* places = hb_buffer_get_glyph_positions(buffer, &count);
    for (unsigned i = 0; i < count; ++i) {
      shaped.push_back({.index = infos[i].codepoint,
                        .character = infos[i].cluster,
                        .x = places[i].x_offset,
                        .y = places[i].y_offset,
                        .advance_x = places[i].x_advance,
                        .advance_y = places[i].y_advance});
    }
  }

  void forget() {
    known_.clear();
    font_.reset();
  }

 private:
  static constexpr std::size_t kMostKnown = 4;

  [[noreturn]] void lack_memory() {
    forget();
    throw std::bad_alloc();
  }

  void know(const Run& run) {
    const std::pair way(run.script, run.is_backward());
    if (std::find(known_.begin(), known_.end(), way) != known_.end()) return;
    if (known_.size() == kMostKnown) forget();
    if (!font_) {
      buffer_.reset(hb_buffer_create());
      font_.reset(hb_ft_font_create_referenced(face_));
      if (font_.get() == hb_font_get_empty()) lack_memory();
      hb_ft_font_set_load_flags(font_.get(), kLoadFlags);
    }
    known_.push_back(way);
  }

  FT_Face face_;
  HbBuffer buffer_;
  HbFont font_;
  std::vector<std::pair<hb_script_t, bool>> known_;  // ways of writing that font_ has cached
};

Shaper::Shaper(FT_Face face) : state_(std::make_unique<State>(face)) {}
Shaper::~Shaper() = default;

void Shaper::forget() { state_->forget(); }

std::optional<std::vector<ShapedGlyph>> Shaper::shape(const std::u32string& text,
                                                      const GiveUp& give_up) {
  const std::vector<FriBidiLevel> levels = levels_of(text);
  std::vector<ShapedGlyph> shaped;
  for (const Run& run : runs_of(levels, scripts_of(text))) {
    if (give_up && give_up()) return std::nullopt;
    state_->shape(text, run, shaped);
  }
  return shaped;
}

}  // namespace imagemill::imaging
