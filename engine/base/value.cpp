#include "engine/base/value.h"

#include <algorithm>
#include <cmath>

namespace imagemill {
namespace {

constexpr std::array<std::pair<std::string_view, double>, 9> kUnits = {{{"KiB", 0x1p10},
                                                                        {"MiB", 0x1p20},
                                                                        {"GiB", 0x1p30},
                                                                        {"TiB", 0x1p40},
                                                                        {"KB", 1e3},
                                                                        {"MB", 1e6},
                                                                        {"GB", 1e9},
                                                                        {"TB", 1e12},
                                                                        {"B", 1}}};

}  // namespace
std::optional<ByteSize> TextValue<ByteSize>::parse(std::string_view text) {
  double unit = 1;
  for (const auto& [name, factor] : kUnits) {
    if (text.ends_with(name)) {
      unit = factor;
      text.remove_suffix(name.size());
      break;
    }
  }
  while (text.ends_with(' ')) text.remove_suffix(1);
  const auto number = TextValue<double>::parse(text);
  if (!number || *number < 0 || *number * unit >= 0x1p63) return {};
  return ByteSize{static_cast<std::uint64_t>(std::llround(*number * unit))};
}

namespace {

constexpr std::array<std::pair<std::string_view, double>, 4> kTimes = {
    {{"ms", 1e6}, {"min", 60e9}, {"h", 3600e9}, {"s", 1e9}}};

}  // namespace

std::optional<Duration> TextValue<Duration>::parse(std::string_view text) {
  if (text == "none") return Duration{};
  for (const auto& [name, factor] : kTimes) {
    if (!text.ends_with(name)) continue;
    text.remove_suffix(name.size());
    while (text.ends_with(' ')) text.remove_suffix(1);
    const auto number = TextValue<double>::parse(text);
    if (!number || *number < 0 || *number * factor >= 0x1p62) return {};
    return Duration{std::llround(*number * factor)};
  }
  return {};
}

std::string TextValue<Duration>::format(const Duration& duration) {
  if (duration.ns == 0) return "none";
  for (const std::string_view unit : {"h", "min", "s"}) {
    const auto found = std::find_if(kTimes.begin(), kTimes.end(),
                                    [&](const auto& time) { return time.first == unit; });
    const auto factor = static_cast<std::int64_t>(found->second);
    if (duration.ns % factor == 0) return std::to_string(duration.ns / factor) + std::string(unit);
  }
  return TextValue<double>::format(static_cast<double>(duration.ns) * 1e-6) + "ms";
}

std::string TextValue<ByteSize>::fault(std::string_view text) {
  if (parse(text)) return "";
  std::string units;
  for (const auto& [name, factor] : kUnits) units += " " + std::string(name);
  return "give a number from 0 and one of these units:" + units;
}

std::string TextValue<ByteSize>::format(const ByteSize& size) {
  static constexpr std::array<std::string_view, 5> kNames = {"B", "KiB", "MiB", "GiB", "TiB"};
  std::uint64_t value = size.bytes;
  std::size_t unit = 0;
  while (value != 0 && value % 1024 == 0 && unit + 1 < kNames.size()) {
    value /= 1024;
    ++unit;
  }
  return std::to_string(value) + std::string(kNames[unit]);
}

}  // namespace imagemill
