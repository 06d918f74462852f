// Path patterns.
#pragma once

#include <string_view>

namespace imagemill {

// True if the whole of `path` matches: `*` any text without a slash, `**` any text, `?` one byte
// but a slash; all else itself. Cost: O(pattern × path).
bool glob_matches(std::string_view pattern, std::string_view path);

}  // namespace imagemill
