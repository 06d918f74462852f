// YAML forms of the imaging types that node parameters use.
#pragma once

#include <algorithm>

#include "engine/base/value.h"
#include "engine/node/condition.h"
#include "nodes/imaging/codec/codec_table.h"
#include "nodes/imaging/overlay/text.h"
#include "nodes/imaging/pixels/colour.h"
#include "nodes/imaging/pixels/fit.h"

namespace imagemill {

// A format that can be encoded, by the name of its codec.
template <>
struct TextValue<const imaging::Codec*> {
  static constexpr std::string_view type = "one of";
  static std::vector<std::string> choices() {
    std::vector<std::string> names;
    for (const imaging::Codec* codec : imaging::codecs().writable()) {
      names.emplace_back(codec->name);
    }
    return names;
  }
  static std::optional<const imaging::Codec*> parse(std::string_view text) {
    const imaging::Codec* codec = imaging::codecs().find(text);
    if (codec == nullptr || codec->make_encoder == nullptr) return {};
    return codec;
  }
  static std::string format(const imaging::Codec* codec) { return std::string(codec->name); }
};

// The format that is made where none is asked for.
inline const imaging::Codec* default_format() { return imaging::codecs().find("jpeg"); }

// Names of all formats that an item's file may have: "jpeg, png".
inline std::string format_names(std::string_view separator) {
  std::string names;
  for (const imaging::Codec* codec : imaging::codecs().all()) {
    if (!names.empty()) names += separator;
    names += codec->name;
  }
  return names;
}

// Whether a condition names only these formats: 'format = jpg' would never hold.
inline bool names_formats(const Condition& condition) {
  const std::vector<std::string> formats = condition.formats();
  return std::all_of(formats.begin(), formats.end(), [](const std::string& name) {
    return imaging::codecs().find(name) != nullptr;
  });
}
inline std::string formats_in_conditions() {
  return "a format in a condition is one of: " + format_names(" ");
}
inline std::string condition_grammar() { return TextValue<Condition>::grammar(format_names(", ")); }

template <>
struct EnumNames<imaging::Anchor> {
  using enum imaging::Anchor;
  static constexpr std::array<std::pair<std::string_view, imaging::Anchor>, 9> values = {
      {{"top-left", top_left},
       {"top", top},
       {"top-right", top_right},
       {"left", left},
       {"center", center},
       {"right", right},
       {"bottom-left", bottom_left},
       {"bottom", bottom},
       {"bottom-right", bottom_right}}};
};

template <>
struct TextValue<imaging::Rgb> {
  static constexpr std::string_view type = "colour (#rrggbb, white or black)";
  static constexpr std::string_view pattern = "^(#[0-9a-fA-F]{6}|white|black)$";
  static std::optional<imaging::Rgb> parse(std::string_view text) {
    if (text == "white") return imaging::Rgb{255, 255, 255};
    if (text == "black") return imaging::Rgb{0, 0, 0};
    if (text.size() != 7 || text.front() != '#') return {};
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data() + 1, text.data() + 7, value, 16);
    if (error != std::errc() || end != text.data() + 7) return {};
    return imaging::Rgb{static_cast<std::uint8_t>(value >> 16),
                        static_cast<std::uint8_t>(value >> 8 & 255),
                        static_cast<std::uint8_t>(value & 255)};
  }
  static std::string format(const imaging::Rgb& colour) {
    if (colour == imaging::Rgb{255, 255, 255}) return "white";
    if (colour == imaging::Rgb{0, 0, 0}) return "black";
    static constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text = "#";
    for (const std::uint8_t v : {colour.r, colour.g, colour.b}) {
      text += kDigits[v >> 4];
      text += kDigits[v & 15];
    }
    return text;
  }
};

}  // namespace imagemill
