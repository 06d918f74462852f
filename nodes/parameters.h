// YAML forms of the imaging types that node parameters use.
#pragma once

#include <algorithm>

#include "engine/base/value.h"
#include "engine/node/condition.h"
#include "nodes/imaging/codec/encoded.h"
#include "nodes/imaging/overlay/text.h"
#include "nodes/imaging/pixels/colour.h"
#include "nodes/imaging/pixels/fit.h"

namespace imagemill {

// Formats that can be encoded.
template <>
struct EnumNames<imaging::Format> {
  static constexpr std::array<std::pair<std::string_view, imaging::Format>, 2> values = {
      {{"jpeg", imaging::Format::jpeg}, {"png", imaging::Format::png}}};
};

// Whether a condition names only the formats above: 'format = jpg' would never hold.
inline bool names_formats(const Condition& condition) {
  const std::vector<std::string> formats = condition.formats();
  return std::all_of(formats.begin(), formats.end(), [](const std::string& name) {
    return TextValue<imaging::Format>::parse(name).has_value();
  });
}
inline constexpr const char* kFormatsInConditions = "a format in a condition is one of: jpeg png";

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
