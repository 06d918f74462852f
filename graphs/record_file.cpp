#include "graphs/record_file.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace imagemill {
namespace {

namespace fs = std::filesystem;

constexpr int kLinks = 40;  // as the kernel follows

// What a link leads to, be it there or not.
fs::path followed(fs::path file) {
  std::error_code error;
  for (int i = 0; i < kLinks && fs::is_symlink(file, error); ++i) {
    file = file.parent_path() / fs::read_symlink(file, error);
  }
  return file;
}

// Whether it names an open file of a process, as /dev/stdout does: it is not to be replaced,
// whatever it is.
bool is_open_file(fs::path file) {
  std::error_code error;
  for (int i = 0; i < kLinks && fs::is_symlink(file, error); ++i) {
    file = (file.parent_path() / fs::read_symlink(file, error)).lexically_normal();
    if (file.string().starts_with("/proc/")) return true;
  }
  return file.string().starts_with("/proc/");
}

}  // namespace

bool is_special(const fs::path& file) {
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (!fs::exists(status)) return false;
  if (!fs::is_regular_file(status)) return true;
  // /dev/fd is a link, and what is below it another.
  const fs::path folder = fs::canonical(fs::absolute(file).parent_path(), error);
  return is_open_file(error ? file : folder / file.filename());
}

RecordFile::RecordFile(const fs::path& file)
    : file_(is_special(file) ? file : followed(file)), stream_(open()) {}

// The descriptor; -1 where it cannot be opened.
int RecordFile::open() {
  if (is_special(file_)) {
    special_ = Descriptor(::open(file_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
    if (!special_.is_open()) error_ = errno;
    return special_.get();
  }
  auto made = AtomicFile::make(fs::absolute(file_).parent_path());
  if (!made) {
    error_ = made.error();
    return -1;
  }
  return new_.emplace(std::move(*made)).fd();
}

Result<void> RecordFile::finish() {
  stream_.flush();
  if (error_ == 0) error_ = stream_.error();
  const int closed = new_ ? new_->close() : special_.close();
  if (error_ == 0) error_ = closed;
  if (error_ == 0 && new_) error_ = new_->rename_to(file_.filename());
  if (error_ == 0) return {};
  return failure("io_error", "cannot write '" + file_.string() + "': " + std::strerror(error_));
}

Result<void> check_writable(const fs::path& file) {
  std::error_code error;
  bool writable = false;
  if (is_special(file)) {
    writable = !fs::is_directory(file, error) && access(file.c_str(), W_OK) == 0;
  } else {
    writable = access(fs::absolute(followed(file)).parent_path().c_str(), W_OK | X_OK) == 0;
  }
  if (writable) return {};
  return failure("io_error", "cannot write '" + file.string() + "'");
}

Result<void> copy_record(const fs::path& from, const fs::path& to) {
  std::ifstream bytes(from, std::ios::binary);
  RecordFile record(to);
  // Not `<< rdbuf()`, to which an empty file is a failure.
  std::array<char, 4096> piece{};
  while (bytes.read(piece.data(), piece.size()) || bytes.gcount() > 0) {
    record.stream().write(piece.data(), bytes.gcount());
  }
  if (!bytes.is_open() || bytes.bad()) {
    return failure("io_error", "cannot read '" + from.string() + "'");
  }
  return record.finish();
}

Result<void> write_text(const fs::path& file, const std::string& text) {
  RecordFile record(file);
  record.stream() << text;
  return record.finish();
}

}  // namespace imagemill
