#include "engine/value.h"

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
