#include "engine/files/atomic_file.h"

#include <cerrno>
#include <cstdio>
#include <utility>

#include <unistd.h>

#include "engine/files/temporary_names.h"

namespace imagemill {

namespace fs = std::filesystem;

tl::expected<AtomicFile, int> AtomicFile::make(const fs::path& folder, std::string_view mark) {
  return make_in(AT_FDCWD, folder, mark);
}

tl::expected<AtomicFile, int> AtomicFile::make_in(int folder_fd, const fs::path& folder,
                                                  std::string_view mark) {
  constexpr int kFlags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  AtomicFile file(folder_fd, folder);
  do {
    const std::string name = temporary_name(mark);
    if (!file.path_.empty()) forget_temporary(file.path_);
    file.path_ = folder / name;
    file.at_ = file.at(name);
    // Noted before the file exists: the call that makes the file may never return.
    note_temporary(file.path_);
    file.fd_ = Descriptor(::openat(folder_fd, file.at_.c_str(), kFlags, 0666));
  } while (!file.fd_.is_open() && errno == EEXIST);
  if (file.fd_.is_open()) return file;
  const int error = errno;
  forget_temporary(std::exchange(file.path_, {}));
  return tl::make_unexpected(error);
}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : folder_fd_(other.folder_fd_),
      folder_(std::move(other.folder_)),
      path_(std::exchange(other.path_, {})),
      at_(std::move(other.at_)),
      fd_(std::move(other.fd_)) {}

AtomicFile& AtomicFile::operator=(AtomicFile&& other) noexcept {
  std::swap(folder_fd_, other.folder_fd_);
  std::swap(folder_, other.folder_);
  std::swap(path_, other.path_);
  std::swap(at_, other.at_);
  std::swap(fd_, other.fd_);
  return *this;
}

AtomicFile::~AtomicFile() {
  fd_ = Descriptor();
  unlink();
}

std::string AtomicFile::at(const std::string& name) const {
  return folder_fd_ == AT_FDCWD ? (folder_ / name).string() : name;
}

int AtomicFile::sync() const { return ::fsync(fd_.get()) == 0 ? 0 : errno; }

int AtomicFile::rename_to(const std::string& target) {
  if (::renameat(folder_fd_, at_.c_str(), folder_fd_, at(target).c_str()) != 0) return errno;
  forget_temporary(std::exchange(path_, {}));
  return 0;
}

int AtomicFile::link_to(const std::string& target) const {
  if (::linkat(folder_fd_, at_.c_str(), folder_fd_, at(target).c_str(), 0) == 0) return 0;
  return errno;
}

int AtomicFile::unlink() {
  if (path_.empty()) return 0;
  const int error = ::unlinkat(folder_fd_, at_.c_str(), 0) == 0 ? 0 : errno;
  forget_temporary(std::exchange(path_, {}));
  return error;
}

}  // namespace imagemill
