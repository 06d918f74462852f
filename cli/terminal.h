// Text for a person.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace imagemill::cli {

// With control characters (of file names, say) made visible, so that they can't act on a terminal.
std::string printable(const std::string& text);

// Three significant digits and a unit: "1.23 ms", "45.6 MB".
std::string duration(double seconds);
std::string byte_count(double bytes);

// Columns aligned: the first to the left, the others to the right, two spaces between them; a rule
// under the first row.
std::string table(const std::vector<std::vector<std::string>>& rows);

}  // namespace imagemill::cli
