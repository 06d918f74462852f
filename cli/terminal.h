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

// Columns aligned, two spaces between them, and a rule under the first row. Of numbers, all but the
// first are aligned to the right; of words, all to the left.
enum class Columns { numbers, words };
std::string table(const std::vector<std::vector<std::string>>& rows,
                  Columns columns = Columns::numbers);

// Broken at blanks into lines of at most 100 characters, each behind so many spaces.
std::string wrapped(const std::string& text, std::size_t indent);

}  // namespace imagemill::cli
