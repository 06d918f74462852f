#include "engine/base/date_format.h"

#include <array>
#include <chrono>

namespace imagemill {
namespace {

enum Part : std::size_t { year, month, day, hour, minute, second, kParts };

constexpr std::array<std::size_t, kParts> kDigits = {4, 2, 2, 2, 2, 2};
// Separators that may stand before each part.
constexpr std::array<std::string_view, kParts> kBefore = {"", "-:", "-:", " T", ":", ":"};

struct Date {
  std::array<int, kParts> value{};
  std::size_t parts = 0;  // number of parts that the text has
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::optional<Date> parsed(std::string_view text) {
  Date date;
  for (; date.parts < kParts; ++date.parts) {
    const std::string_view before = kBefore[date.parts];
    if (!before.empty()) {
      if (text.empty() || before.find(text.front()) == std::string_view::npos) break;
      text.remove_prefix(1);
    }
    const std::size_t digits = kDigits[date.parts];
    if (text.size() < digits) return {};
    for (const char c : text.substr(0, digits)) {
      if (!is_digit(c)) return {};
      date.value[date.parts] = 10 * date.value[date.parts] + (c - '0');
    }
    text.remove_prefix(digits);
  }
  if (!text.empty() && (date.parts < kParts || is_digit(text.front()))) return {};
  const auto& [y, m, d, h, min, s] = date.value;
  const std::chrono::year_month_day calendar(std::chrono::year(y),
                                             std::chrono::month(static_cast<unsigned>(m)),
                                             std::chrono::day(static_cast<unsigned>(d)));
  constexpr int kLeapSecond = 60;
  const bool is_time = h < 24 && min < 60 && s <= kLeapSecond;
  if (date.parts <= day || y == 0 || !calendar.ok() || !is_time) return {};
  return date;
}

std::string padded(int value, std::size_t digits) {
  std::string text = std::to_string(value);
  return std::string(digits - text.size(), '0') + text;
}

std::optional<Part> part_of(char conversion) {
  constexpr std::string_view kConversions = "YmdHMS";
  const auto place = kConversions.find(conversion == 'y' ? 'Y' : conversion);
  return place == std::string_view::npos ? std::nullopt : std::optional(static_cast<Part>(place));
}

}  // namespace

std::string date_format_fault(std::string_view format) {
  constexpr const char* kKnown = "a date has %Y %y %m %d %H %M %S, as in %Y/%m";
  bool any = false;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') continue;
    if (++i == format.size()) return std::string("a '%' ends its format: ") + kKnown;
    if (format[i] == '%') continue;
    if (!part_of(format[i])) {
      return "'%" + std::string(1, format[i]) + "' is no part of a date: " + kKnown;
    }
    any = true;
  }
  return any ? "" : std::string("its format names no part of a date: ") + kKnown;
}

std::optional<std::string> formatted_date(std::string_view format, std::string_view date) {
  const auto known = parsed(date);
  if (!known) return {};
  std::string text;
  for (std::size_t i = 0; i < format.size(); ++i) {
    const bool converts = format[i] == '%' && format[++i] != '%';
    if (!converts) {
      text += format[i];
      continue;
    }
    const Part part = *part_of(format[i]);
    if (part >= known->parts) return {};
    constexpr int kCentury = 100;
    text += format[i] == 'y' ? padded(known->value[part] % kCentury, 2)
                             : padded(known->value[part], kDigits[part]);
  }
  return text;
}

}  // namespace imagemill
