#include "engine/glob.h"

#include <vector>

namespace imagemill {

bool glob_matches(std::string_view pattern, std::string_view path) {
  // reached[i]: what was read of the pattern so far matches the first i bytes of the path.
  std::vector<char> reached(path.size() + 1, 0);
  reached[0] = 1;
  for (std::size_t p = 0; p < pattern.size(); ++p) {
    if (pattern[p] == '*') {
      const bool any = p + 1 < pattern.size() && pattern[p + 1] == '*';
      if (any) ++p;
      for (std::size_t i = 1; i <= path.size(); ++i) {
        if (reached[i - 1] && (any || path[i - 1] != '/')) reached[i] = 1;
      }
    } else {
      for (std::size_t i = path.size(); i > 0; --i) {
        const bool same = pattern[p] == '?' ? path[i - 1] != '/' : pattern[p] == path[i - 1];
        reached[i] = reached[i - 1] && same;
      }
      reached[0] = 0;
    }
  }
  return reached[path.size()] != 0;
}

}  // namespace imagemill
