#include "engine/files/path_list.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <poll.h>
#include <unistd.h>

namespace imagemill {
namespace {

using namespace std::string_view_literals;

// Byte order marks and the names of their encodings. Among marks that begin alike, the longest
// comes first.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kMarks = {
    {{"\xEF\xBB\xBF"sv, "UTF-8"},
     {"\xFF\xFE\0\0"sv, "UTF-32"},
     {"\xFF\xFE"sv, "UTF-16"},
     {"\xFE\xFF"sv, "UTF-16"}}};

// True if `text` is ASCII lines in UTF-16 without a mark: every second byte is a NUL. Read as
// NUL-separated, such a list would be paths of one letter, one of them a line break.
bool is_unmarked_utf16(std::string_view text) {
  const std::size_t low = text.starts_with('\0') ? 1 : 0;
  bool has_line = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((text[i] == '\0') == (i % 2 == low)) return false;
    has_line = has_line || text[i] == '\n';
  }
  return has_line && text.size() > 1;
}

class PathList final : public Cursor {
 public:
  PathList(ReadSome read, std::string name) : read_(std::move(read)), name_(std::move(name)) {}

  std::optional<Entry> next() override {
    while (true) {
      const auto end = std::find(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
                                 buffer_.begin() + static_cast<std::ptrdiff_t>(end_), separator_);
      const auto found = static_cast<std::size_t>(end - buffer_.begin());
      path_.append(held().substr(0, found - begin_));
      const bool whole = found < end_ || at_end_;
      begin_ = std::min(found + 1, end_);
      if (whole) {
        if (separator_ == '\n' && path_.ends_with('\r')) path_.pop_back();
        if (!path_.empty()) return entry(std::exchange(path_, {}));
        if (at_end_ && begin_ == end_) return std::exchange(failed_, std::nullopt);
      } else {
        fill();
      }
    }
  }

 private:
  // A list of lines may hold a NUL after its first piece. Such a NUL ends no path: the entry is an
  // error.
  Entry entry(std::string path) const {
    const auto nul = path.find('\0');
    if (nul == std::string::npos) return {.key = std::move(path)};
    path.resize(nul);
    return {.key = path.empty() ? name_ : std::move(path),
            .error = Error("not_found", "a NUL can't be part of a path")};
  }

  void fill() {
    buffer_.resize(kBuffer);
    begin_ = end_ = 0;
    read_more();
    if (!encoding_known_) skip_mark();
    if (!separator_known_) find_separator();
  }

  void read_more() {
    const auto read = read_(std::span(buffer_).subspan(end_));
    if (!read) {
      path_.clear();  // only half was read
      end_ = begin_;
      // The rest of the list is lost, so the error concerns the run.
      failed_ = Entry{.key = name_, .error = read.error()};
      failed_->error->scope = Scope::run;
    }
    end_ += read.value_or(0);
    at_end_ = read.value_or(0) == 0;
  }

  std::string_view held() const {
    return {reinterpret_cast<const char*>(buffer_.data()) + begin_, end_ - begin_};
  }

  void skip_mark() {
    encoding_known_ = true;
    // A pipe may give a mark in several pieces.
    const auto is_begun = [&](const auto& known) {
      return held().size() < known.first.size() && known.first.starts_with(held());
    };
    while (!at_end_ && std::any_of(kMarks.begin(), kMarks.end(), is_begun)) read_more();
    const auto* const mark = std::find_if(kMarks.begin(), kMarks.end(), [&](const auto& known) {
      return held().starts_with(known.first);
    });
    std::string_view encoding = mark == kMarks.end() ? "UTF-8" : mark->second;
    if (is_unmarked_utf16(held())) encoding = "UTF-16";
    if (encoding == "UTF-8") {
      if (mark != kMarks.end()) begin_ += mark->first.size();
      return;
    }
    failed_ = Entry{.key = name_,
                    .error = Error("wrong_encoding", "the list is in " + std::string(encoding) +
                                                         ": write it in UTF-8, as iconv does")};
    begin_ = end_ = 0;
    at_end_ = true;
  }

  // Decides between line breaks and NULs. A pipe may first give a few bytes that hold neither.
  void find_separator() {
    if (held().find('\0') != std::string_view::npos) separator_ = 0;
    separator_known_ = separator_ == 0 || held().find('\n') != std::string_view::npos;
  }

  static constexpr std::size_t kBuffer = std::size_t{64} << 10;

  const ReadSome read_;
  const std::string name_;
  std::vector<std::uint8_t> buffer_;
  std::size_t begin_ = 0;  // start of the unread part of the buffer
  std::size_t end_ = 0;    // end of the unread part
  bool at_end_ = false;
  std::uint8_t separator_ = '\n';
  bool separator_known_ = false;
  bool encoding_known_ = false;
  std::string path_;  // the current path, as far as it was read
  std::optional<Entry> failed_;
};

}  // namespace

std::unique_ptr<Cursor> list_of_paths(ReadSome read, std::string name) {
  return std::make_unique<PathList>(std::move(read), std::move(name));
}

ReadSome standard_input(std::stop_token stop) {
  return [stop = std::move(stop)](std::span<std::uint8_t> to) -> Result<std::size_t> {
    constexpr int kLookForStopMs = 100;
    pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
    while (!stop.stop_requested()) {
      const int ready = poll(&input, 1, kLookForStopMs);
      if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
      const ssize_t count = ::read(STDIN_FILENO, to.data(), to.size());
      if (count >= 0) return static_cast<std::size_t>(count);
      if (errno == EINTR || errno == EAGAIN) continue;
      return failure("io_error",
                     std::string("cannot read standard input: ") + std::strerror(errno));
    }
    return 0;
  };
}

}  // namespace imagemill
