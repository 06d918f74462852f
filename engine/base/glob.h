// Path patterns.
#pragma once

#include <string_view>

namespace imagemill {

// True if the whole of `path` matches. `*` stands for any text without a slash, `**` for any text,
// `?` for one byte that is no slash. Every other byte stands for itself. ASCII letters of the
// path's extension match in either case, since cameras write DSC_1.JPG. Cost: O(pattern × path).
bool glob_matches(std::string_view pattern, std::string_view path);

}  // namespace imagemill
