#include "cli/display/terminal.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <numeric>
#include <sstream>
#include <string_view>

#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utf8proc.h>

namespace imagemill::cli {
namespace {

constexpr std::size_t kLineWidth = 100;

struct Letter {
  std::size_t bytes;
  std::size_t columns;
};

Letter letter_at(std::string_view text, std::size_t at) {
  utf8proc_int32_t letter = -1;
  const auto rest = text.substr(at);
  const auto bytes = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(rest.data()),
                                      static_cast<utf8proc_ssize_t>(rest.size()), &letter);
  // Terminals show one character for a byte that is not UTF-8.
  if (bytes <= 0) return {1, 1};
  // Vowels and finals of a decomposed Korean syllable share the column of its first letter.
  const bool joins = letter >= 0x1160 && letter <= 0x11FF;
  const int columns = joins ? 0 : utf8proc_charwidth(letter);
  return {static_cast<std::size_t>(bytes), static_cast<std::size_t>(columns)};
}

// `value` with three significant digits.
std::string significant(double value) {
  const int digits = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return fmt::format("{:.{}f}", value, digits);
}

}  // namespace

std::optional<Screen> screen_of(std::FILE* stream) {
  const int file = fileno(stream);
  if (isatty(file) == 0) return {};
  Screen screen;
  winsize size{};
  if (ioctl(file, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    screen.columns = size.ws_col;
    screen.rows = size.ws_row;
  }
  return screen;
}

Colour colour_of(std::FILE* stream) {
  const char* off = std::getenv("NO_COLOR");  // NOLINT(concurrency-mt-unsafe): nobody sets it
  const bool wanted = off == nullptr || *off == '\0';
  return wanted && screen_of(stream) ? Colour::on : Colour::off;
}

std::string emphasised(const std::string& text, Emphasis emphasis, Colour colour) {
  static constexpr std::array<const char*, 3> kCodes = {"\x1b[1m", "\x1b[33m", "\x1b[2m"};
  if (colour == Colour::off) return text;
  return kCodes[static_cast<std::size_t>(emphasis)] + text + "\x1b[0m";
}

std::size_t width_of(const std::string& text) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Letter letter = letter_at(text, at);
    width += letter.columns;
    at += letter.bytes;
  }
  return width;
}

std::string cut_to(const std::string& text, std::size_t columns) {
  std::size_t width = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const Letter letter = letter_at(text, at);
    width += letter.columns;
    if (width > columns) break;
    at += letter.bytes;
  }
  return text.substr(0, at);
}

std::string bars(const std::vector<double>& values) {
  static constexpr std::array<const char*, 9> kBars = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  std::string text;
  for (const double value : values) {
    const double height = value > 0 ? std::clamp(std::round(8 * value), 1.0, 8.0) : 0;
    text += kBars[static_cast<std::size_t>(height)];
  }
  return text;
}

namespace {

// Writes all of `text` with write(2): stdio drops text when a signal interrupts it, or when a
// non-blocking pipe is full. `patience_ms`: longest wait for a full pipe; -1 waits for ever.
bool write_whole(std::FILE* stream, std::string_view text, int patience_ms) {
  if (std::fflush(stream) != 0) return false;
  const int fd = fileno(stream);
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n >= 0) {
      text.remove_prefix(static_cast<std::size_t>(n));
    } else if (errno == EAGAIN) {
      pollfd writable{.fd = fd, .events = POLLOUT, .revents = 0};
      if (::poll(&writable, 1, patience_ms) == 0) return false;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

std::atomic<bool> results_are_lost{false};

}  // namespace

void write_out(const std::string& text) {
  if (!write_whole(stdout, text, -1)) results_are_lost = true;
}
void write_error(const std::string& text) {
  constexpr int kPatienceMs = 100;
  write_whole(stderr, text, kPatienceMs);
}

bool lost_results() {
  return std::fflush(stdout) != 0 || std::ferror(stdout) != 0 || results_are_lost;
}

std::string printable(const std::string& text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : 0);
    if (byte < 0x20 || byte == 0x7F) {
      result += fmt::format("\\x{:02x}", byte);
    } else if (byte == 0xC2 && next >= 0x80 && next < 0xA0) {
      // U+0080 to U+009F in UTF-8: some terminals treat them as ESC and a letter.
      result += fmt::format("\\u{:04x}", next);
      ++i;
    } else {
      result += text[i];
    }
  }
  return result;
}

std::string duration(double seconds) {
  if (seconds <= 0) return "0";
  if (seconds < 1e-3) return significant(seconds * 1e6) + " µs";
  if (seconds < 1) return significant(seconds * 1e3) + " ms";
  if (seconds < 60) return significant(seconds) + " s";
  const auto whole = static_cast<long>(std::llround(seconds));
  if (whole < 3600) return fmt::format("{}:{:02} min", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02} h", whole / 3600, whole / 60 % 60, whole % 60);
}

std::string byte_count(double bytes) {
  static constexpr std::array<const char*, 5> kUnits = {"B", "kB", "MB", "GB", "TB"};
  std::size_t unit = 0;
  while (bytes >= 999.5 && unit + 1 < kUnits.size()) {
    bytes /= 1000;
    ++unit;
  }
  return (unit == 0 ? fmt::format("{:.0f}", bytes) : significant(bytes)) + " " + kUnits[unit];
}

namespace {

std::vector<std::size_t> column_widths(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], width_of(row[c]));
  }
  return widths;
}

std::size_t whole_width(const std::vector<std::size_t>& widths) {
  return std::accumulate(widths.begin(), widths.end(), 2 * (widths.size() - 1));
}

}  // namespace

int table_width(const std::vector<std::vector<std::string>>& rows) {
  return static_cast<int>(whole_width(column_widths(rows)));
}

std::string table(const std::vector<std::vector<std::string>>& rows, const TableStyle& style) {
  const std::vector<std::size_t> widths = column_widths(rows);
  std::string text;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::string line;
    for (std::size_t c = 0; c < rows[r].size(); ++c) {
      const std::string padding(widths[c] - width_of(rows[r][c]), ' ');
      const bool to_left = c == 0 || style.columns == Columns::words;
      if (c > 0) line += "  ";
      line += to_left ? rows[r][c] + padding : padding + rows[r][c];
    }
    line.erase(line.find_last_not_of(' ') + 1);
    if (r == 0) {
      text += emphasised(line, Emphasis::strong, style.colour) + "\n";
      std::string rule;
      for (std::size_t i = 0; i < whole_width(widths); ++i) rule += "─";
      text += emphasised(rule, Emphasis::faint, style.colour) + "\n";
    } else {
      text += style.warned.contains(r) ? emphasised(line, Emphasis::warning, style.colour) : line;
      text += "\n";
    }
  }
  return text;
}

std::string wrapped(const std::string& text, std::size_t indent) {
  std::string result;
  std::string line;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (!line.empty() && indent + width_of(line) + 1 + width_of(word) > kLineWidth) {
      result += std::string(indent, ' ') + line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
  }
  return result + std::string(indent, ' ') + line + "\n";
}

}  // namespace imagemill::cli
