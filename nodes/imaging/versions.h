// Which libraries the pictures come from.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace imagemill::imaging {

// Name and version of each, those that are loaded at run time as they are there.
std::vector<std::pair<std::string, std::string>> library_versions();

}  // namespace imagemill::imaging
