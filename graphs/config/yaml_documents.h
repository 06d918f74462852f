// Number of YAML documents in a text. Internal to graphs.
#pragma once

#include <optional>
#include <string>

#include <yaml-cpp/mark.h>

namespace imagemill {

// Place of the first value of a text's second document; nullopt if there is no second document.
// Throws YAML::ParserException if the text is not YAML; text after the second document is not
// checked. Pulls three documents at most: at a comma outside of brackets, yaml-cpp yields empty
// ones for ever.
std::optional<YAML::Mark> second_document(const std::string& yaml);

}  // namespace imagemill
