// How many YAML documents a text has. Internal to graphs.
#pragma once

#include <optional>
#include <string>

#include <yaml-cpp/mark.h>

namespace imagemill {

// Where the second document of a text has its first value; nullopt where there is one document, or
// none. Throws YAML::ParserException where the text is not YAML; what comes after the second
// document may be anything. Pulls three documents at most: at a comma outside of brackets yaml-cpp
// yields empty ones for ever.
std::optional<YAML::Mark> second_document(const std::string& yaml);

}  // namespace imagemill
