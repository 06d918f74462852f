// Output streams, and formatting of text for a terminal.
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

// Writes results to stdout. A failure is remembered (see lost_results()).
void write_out(const std::string& text);
// Writes messages to stderr. Text that cannot be written is lost.
void write_error(const std::string& text);
// Whether any result could not be written to stdout so far. Flushes stdout.
bool lost_results();

template <class... Args>
void print_out(fmt::format_string<Args...> format, Args&&... args) {
  write_out(fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void print_error(fmt::format_string<Args...> format, Args&&... args) {
  write_error(fmt::format(format, std::forward<Args>(args)...));
}

// Size of a terminal, in characters; the defaults are for a terminal that does not tell its size.
struct Screen {
  int columns = 80;
  int rows = 24;
};
// The terminal behind `stream`; nullopt if the stream is not a terminal.
std::optional<Screen> screen_of(std::FILE* stream);

enum class Colour { off, on };
// On if the stream is a terminal and NO_COLOR (no-color.org) is unset or empty.
Colour colour_of(std::FILE* stream);
enum class Emphasis { strong, warning, faint };
// `text` between ANSI codes; unchanged if `colour` is off.
std::string emphasised(const std::string& text, Emphasis emphasis, Colour colour);

// `text` with control characters made visible, so that a file name cannot act on the terminal.
std::string printable(const std::string& text);

// Three significant digits and a unit: "1.23 ms"; from a minute on "1:30 min".
std::string duration(double seconds);
// Three significant digits and a decimal unit: "45.6 MB".
std::string byte_count(double bytes);

// Alignment: `numbers` aligns the first column to the left and the others to the right; `words`
// aligns all columns to the left.
enum class Columns { numbers, words };
struct TableStyle {
  Columns columns = Columns::numbers;
  Colour colour = Colour::off;
  std::set<std::size_t> warned = {};  // rows shown as warnings, by index
};
// Rows in aligned columns, two spaces between columns, and a rule under the first row.
std::string table(const std::vector<std::vector<std::string>>& rows, const TableStyle& style = {});
// Width of table(rows), in columns of the screen.
int table_width(const std::vector<std::vector<std::string>>& rows);

// Columns that UTF-8 `text` takes on the screen: two for a wide letter (Chinese, Japanese, Korean),
// 0 for an accent that follows its letter.
std::size_t width_of(const std::string& text);
// Longest beginning of `text` that takes at most `columns` columns on the screen.
std::string cut_to(const std::string& text, std::size_t columns);

// Bar chart, one character for each value from 0 to 1, in eight heights. Only 0 is a blank.
std::string bars(const std::vector<double>& values);

// `text` broken at blanks into lines of at most 100 columns, each indented by `indent` spaces.
std::string wrapped(const std::string& text, std::size_t indent);

}  // namespace imagemill::cli
