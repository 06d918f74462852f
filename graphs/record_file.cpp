#include "graphs/record_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

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

fs::path with_suffix(fs::path file, const char* suffix) {
  file += suffix;
  return file;
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
    : file_(is_special(file) ? file : followed(file)),
      written_(is_special(file) ? file_ : with_suffix(file_, ".new")),
      stream_(written_, std::ios::binary | (written_ == file_ ? std::ios::app : std::ios::trunc)) {}

RecordFile::~RecordFile() {
  if (finished_ || written_ == file_) return;
  stream_.close();
  std::error_code ignored;
  fs::remove(written_, ignored);
}

Result<void> RecordFile::finish() {
  stream_.close();
  std::error_code error;
  if (!stream_) {
    error = std::error_code(errno, std::generic_category());
  } else if (written_ != file_) {
    fs::rename(written_, file_, error);
  }
  finished_ = stream_ && !error;
  if (finished_) return {};
  return failure("io_error",
                 "cannot write '" + file_.string() + "'" + (error ? ": " + error.message() : ""));
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

Result<void> copy_record(const std::filesystem::path& from, const std::filesystem::path& to) {
  const std::ifstream bytes(from, std::ios::binary);
  RecordFile record(to);
  record.stream() << bytes.rdbuf();
  return record.finish();
}

Result<void> write_text(const fs::path& file, const std::string& text) {
  RecordFile record(file);
  record.stream() << text;
  return record.finish();
}

}  // namespace imagemill
