#include "engine/value.h"

#include <algorithm>
#include <cmath>

namespace imagemill {
namespace {

// Levenshtein distance with transpositions of neighbours (optimal string alignment).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substitution = a[i - 1] == b[j - 1] ? 0 : 1;
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + substitution});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return d[a.size()][b.size()];
}

}  // namespace

std::optional<ByteSize> TextValue<ByteSize>::parse(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, double>, 9> kUnits = {{{"KiB", 0x1p10},
                                                                                 {"MiB", 0x1p20},
                                                                                 {"GiB", 0x1p30},
                                                                                 {"TiB", 0x1p40},
                                                                                 {"KB", 1e3},
                                                                                 {"MB", 1e6},
                                                                                 {"GB", 1e9},
                                                                                 {"TB", 1e12},
                                                                                 {"B", 1}}};
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

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > word.size() + 4 || word.size() > candidate.size() + 4) continue;
    const std::size_t d = distance(word, candidate);
    if (d < best_distance) {
      best = candidate;
      best_distance = d;
    }
  }
  return best;
}

}  // namespace imagemill
