// Text for a person.
#pragma once

#include <cstdint>
#include <cstdio>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace imagemill::cli {

// To stdout: results. To stderr: all else. What cannot be written is lost.
void write_out(const std::string& text);
void write_error(const std::string& text);
// Whether any of the results so far.
bool lost_results();

template <class... Args>
void print_out(fmt::format_string<Args...> format, Args&&... args) {
  write_out(fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void print_error(fmt::format_string<Args...> format, Args&&... args) {
  write_error(fmt::format(format, std::forward<Args>(args)...));
}

// Of the terminal that a stream goes to; nothing if it goes elsewhere.
struct Screen {
  int columns = 80;
  int rows = 24;
};
std::optional<Screen> screen_of(std::FILE* stream);

// Only on a terminal, and not where the environment says NO_COLOR (no-color.org).
enum class Colour { off, on };
Colour colour_of(std::FILE* stream);
enum class Emphasis { strong, warning, faint };
std::string emphasised(const std::string& text, Emphasis emphasis, Colour colour);

// With control characters (of file names, say) made visible, so that they can't act on a terminal.
std::string printable(const std::string& text);

// Three significant digits and a unit: "1.23 ms", "45.6 MB".
std::string duration(double seconds);
std::string byte_count(double bytes);

// Columns aligned, two spaces between them, and a rule under the first row. Of numbers, all but the
// first are aligned to the right; of words, all to the left.
enum class Columns { numbers, words };
struct TableStyle {
  Columns columns = Columns::numbers;
  Colour colour = Colour::off;
  std::set<std::size_t> warned = {};  // rows that stand out
};
std::string table(const std::vector<std::vector<std::string>>& rows, const TableStyle& style = {});
int table_width(const std::vector<std::vector<std::string>>& rows);

// Columns on the screen: two of a letter that is wide (Chinese, Japanese, Korean), none of an
// accent that follows its letter.
std::size_t width_of(const std::string& text);
// As much of its beginning as takes no more columns than that.
std::string cut_to(const std::string& text, std::size_t columns);

// Each value, 0 to 1, as a column of eight heights; what is not 0 is seen.
std::string bars(const std::vector<double>& values);

// Broken at blanks into lines of at most 100 characters, each behind so many spaces.
std::string wrapped(const std::string& text, std::size_t indent);

}  // namespace imagemill::cli
