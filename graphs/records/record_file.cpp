#include "graphs/records/record_file.h"

#include <array>
#include <cerrno>
#include <fstream>
#include <string>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "engine/base/value.h"
#include "engine/files/posix.h"
#include "engine/files/temporary_names.h"

namespace imagemill {
namespace {

namespace fs = std::filesystem;

constexpr int kLinks = 40;  // as many as the kernel follows

// Target of a link, whether it exists or not; `file` itself if it is no link.
fs::path followed(fs::path file) {
  std::error_code error;
  for (int i = 0; i < kLinks && fs::is_symlink(file, error); ++i) {
    file = file.parent_path() / fs::read_symlink(file, error);
  }
  return file;
}

fs::path folder_of(const fs::path& file) {
  return file.has_parent_path() ? file.parent_path() : fs::path(".");
}

// Path below /proc of an open file of a process, such as /dev/stdout; empty for any other file.
// Such a file must not be replaced, whatever its kind.
fs::path open_file(const fs::path& path) {
  std::error_code error;
  // /dev/fd is a link, and so is each entry below it.
  const fs::path folder = fs::canonical(folder_of(path), error);
  fs::path file = error ? path : folder / path.filename();
  for (int i = 0; i < kLinks && !file.string().starts_with("/proc/"); ++i) {
    if (!fs::is_symlink(file, error)) return {};
    file = (file.parent_path() / fs::read_symlink(file, error)).lexically_normal();
  }
  return file;
}

// Descriptor that this process has open under `file`; -1 for any other file.
int own_descriptor(const fs::path& file) {
  const fs::path folder = file.parent_path();
  if (folder != "/proc/self/fd" && folder != "/proc/" + std::to_string(::getpid()) + "/fd") {
    return -1;
  }
  return TextValue<int>::parse(file.filename().string()).value_or(-1);
}

}  // namespace

bool is_special(const fs::path& file) {
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (!fs::exists(status)) return false;
  return !fs::is_regular_file(status) || !open_file(file).empty();
}

Descriptor open_special(const fs::path& file) {
  // Opening a regular file anew would write from its beginning, over its content.
  const int own = own_descriptor(open_file(file));
  if (own >= 0) return Descriptor(::fcntl(own, F_DUPFD_CLOEXEC, 0));
  return Descriptor(::open(file.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
}

RecordFile::RecordFile(const fs::path& file)
    : file_(is_special(file) ? file : followed(file)), stream_(open()) {}

// Opens the file and returns the descriptor; -1 on failure.
int RecordFile::open() {
  if (is_special(file_)) {
    special_ = open_special(file_);
    if (!special_.is_open()) error_ = errno;
    return special_.get();
  }
  const fs::path folder = folder_of(file_);
  // No other code removes what killed processes left in this folder.
  remove_stale_temporaries(folder, {}, {}, Depth::one);
  auto made = AtomicFile::make(folder);
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
  return write_failure("cannot write '" + file_.string() + "'", error_);
}

Result<void> check_writable(const fs::path& file) {
  std::error_code error;
  int failed = 0;
  if (fs::is_directory(file, error)) {
    failed = EISDIR;
  } else if (is_special(file)) {
    failed = ::access(file.c_str(), W_OK) == 0 ? 0 : errno;
  } else {
    failed = ::access(folder_of(followed(file)).c_str(), W_OK | X_OK) == 0 ? 0 : errno;
  }
  if (failed == 0) return {};
  return write_failure("cannot write '" + file.string() + "'", failed);
}

Result<void> copy_record(const fs::path& from, const fs::path& to) {
  std::ifstream bytes(from, std::ios::binary);
  RecordFile record(to);
  // `<< rdbuf()` would fail on an empty file.
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
