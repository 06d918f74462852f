#include "engine/base/glob.h"

#include <vector>

namespace imagemill {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Index of the first byte of the path's extension; the path's size if there is no extension.
std::size_t extension_at(std::string_view path) {
  const auto dot = path.find_last_of("./");
  return dot == std::string_view::npos || path[dot] == '/' ? path.size() : dot + 1;
}

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view path) {
  // reached[i]: the part of the pattern read so far matches the first i bytes of the path.
  std::vector<char> reached(path.size() + 1, 0);
  reached[0] = 1;
  const std::size_t extension = extension_at(path);
  const auto matches = [&](char c, std::size_t i) {
    return i < extension ? c == path[i] : lower(c) == lower(path[i]);
  };
  for (std::size_t p = 0; p < pattern.size(); ++p) {
    if (pattern[p] == '*') {
      const bool any = p + 1 < pattern.size() && pattern[p + 1] == '*';
      if (any) ++p;
      for (std::size_t i = 1; i <= path.size(); ++i) {
        if (reached[i - 1] && (any || path[i - 1] != '/')) reached[i] = 1;
      }
    } else {
      for (std::size_t i = path.size(); i > 0; --i) {
        const bool same = pattern[p] == '?' ? path[i - 1] != '/' : matches(pattern[p], i - 1);
        reached[i] = reached[i - 1] && same;
      }
      reached[0] = 0;
    }
  }
  return reached[path.size()] != 0;
}

}  // namespace imagemill
