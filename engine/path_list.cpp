#include "engine/path_list.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include <poll.h>
#include <unistd.h>

namespace imagemill {
namespace {

class PathList final : public Cursor {
 public:
  PathList(ReadSome read, std::string name) : read_(std::move(read)), name_(std::move(name)) {}

  std::optional<Entry> next() override {
    while (true) {
      const auto end = std::find(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
                                 buffer_.begin() + static_cast<std::ptrdiff_t>(end_), separator_);
      const auto found = static_cast<std::size_t>(end - buffer_.begin());
      path_.append(reinterpret_cast<const char*>(buffer_.data()) + begin_, found - begin_);
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
  // A NUL among lines, which began without one, ends no path.
  static Entry entry(std::string path) {
    const auto nul = path.find('\0');
    if (nul == std::string::npos) return {.key = std::move(path)};
    path.resize(nul);
    return {.key = std::move(path), .error = Error("not_found", "a NUL can't be part of a path")};
  }

  void fill() {
    buffer_.resize(kBuffer);
    begin_ = end_ = 0;
    const auto read = read_(buffer_);
    if (!read) {
      path_.clear();  // half of one
      // What comes after it is lost, whatever it is.
      failed_ = Entry{.key = name_, .error = read.error()};
      failed_->error->scope = Scope::run;
    }
    end_ = read.value_or(0);
    at_end_ = end_ == 0;
    if (!separator_known_) find_separator();
  }

  // A pipe may give a few bytes at first, without either.
  void find_separator() {
    const auto end = buffer_.begin() + static_cast<std::ptrdiff_t>(end_);
    const auto has = [&](std::uint8_t byte) {
      return std::find(buffer_.begin(), end, byte) != end;
    };
    if (has(0)) separator_ = 0;
    separator_known_ = separator_ == 0 || has('\n');
  }

  static constexpr std::size_t kBuffer = std::size_t{64} << 10;

  const ReadSome read_;
  const std::string name_;
  std::vector<std::uint8_t> buffer_;
  std::size_t begin_ = 0;  // of what is not yet used of the buffer
  std::size_t end_ = 0;
  bool at_end_ = false;
  std::uint8_t separator_ = '\n';
  bool separator_known_ = false;
  std::string path_;  // as far as it was read
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
