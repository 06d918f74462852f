// Which libraries the pictures come from.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace imagemill::imaging {

// Name and version of each, those that are loaded at run time as they are there.
std::vector<std::pair<std::string, std::string>> library_versions();

// The file names of those, and of what they are built on, links followed, so that they tell a
// release from another ("libz.so.1.2.13"), also of a library that takes another one's place.
std::vector<std::string> loaded_libraries();

}  // namespace imagemill::imaging
