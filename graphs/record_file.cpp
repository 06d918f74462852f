#include "graphs/record_file.h"

#include <cerrno>
#include <cstring>

#include <unistd.h>

namespace imagemill {
namespace {

namespace fs = std::filesystem;

// What a link leads to, be it there or not.
fs::path followed(fs::path file) {
  constexpr int kLinks = 40;  // as the kernel follows
  std::error_code error;
  for (int i = 0; i < kLinks && fs::is_symlink(file, error); ++i) {
    file = file.parent_path() / fs::read_symlink(file, error);
  }
  return file;
}

fs::path with_suffix(fs::path file, const char* suffix) {
  file += suffix;
  return file;
}

}  // namespace

bool is_special(const fs::path& file) {
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  return fs::exists(status) && !fs::is_regular_file(status);
}

RecordFile::RecordFile(const fs::path& file)
    : file_(followed(file)),
      written_(is_special(file) ? file_ : with_suffix(file_, ".new")),
      stream_(written_, std::ios::binary | std::ios::trunc) {}

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
  const fs::path target = fs::absolute(followed(file));
  std::error_code error;
  const bool special = is_special(target) && !fs::is_directory(target, error);
  const bool writable = special ? access(target.c_str(), W_OK) == 0
                                : !fs::is_directory(target, error) &&
                                      access(target.parent_path().c_str(), W_OK | X_OK) == 0;
  if (writable) return {};
  return failure("io_error", "cannot write '" + file.string() + "'");
}

Result<void> write_text(const fs::path& file, const std::string& text) {
  RecordFile record(file);
  record.stream() << text;
  return record.finish();
}

}  // namespace imagemill
