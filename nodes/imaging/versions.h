// Versions of the libraries that make the pictures.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace imagemill::imaging {

// Name and version of each library. Libraries loaded at run time report the loaded version.
std::vector<std::pair<std::string, std::string>> library_versions();

// File names of the image libraries in this process and of zlib below them, links followed. The
// names tell one release from another ("libz.so.1.2.13"), also for a library that replaces another.
std::vector<std::string> loaded_libraries();

}  // namespace imagemill::imaging
