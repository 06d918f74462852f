// Versions of everything that decides the bytes of an output.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace imagemill {

// Name and version of imagemill and of each library that nodes call, in a fixed order.
std::vector<std::pair<std::string, std::string>> versions();

// The recipe, the versions and the libraries loaded at run time, in one line. Two runs with the
// same text make the same bytes of the same input with the same graph.
std::string versions_text();

}  // namespace imagemill
