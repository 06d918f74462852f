// Path patterns.
#pragma once

#include <string_view>

namespace imagemill {

// True if the whole of `path` matches: `*` any text without a slash, `**` any text, `?` one byte
// but a slash; all else itself. ASCII letters of the path's extension match in either case: cameras
// write DSC_1.JPG. Cost: O(pattern × path).
bool glob_matches(std::string_view pattern, std::string_view path);

}  // namespace imagemill
