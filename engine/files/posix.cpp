#include "engine/files/posix.h"

#include <array>
#include <cerrno>
#include <cstring>

namespace imagemill {
namespace {

std::string_view code_of(int error) {
  switch (error) {
    case ENOENT:
      return "not_found";
    case EACCES:
    case EPERM:
    case EROFS:
      return "permission_denied";
    case ENOTDIR:
      return "not_a_folder";
    case EISDIR:
      return "not_a_file";
    case ENOSPC:
    case EDQUOT:
      return "disk_full";
    default:
      return "io_error";
  }
}

}  // namespace

tl::unexpected<Error> system_failure(const std::string& what, int error, Scope scope) {
  return failure(code_of(error), what + ": " + std::strerror(error), scope);
}

tl::unexpected<Error> write_failure(const std::string& what, int error) {
  const bool outside_the_item = error == ENOSPC || error == EDQUOT || error == EIO ||
                                error == EROFS || error == EMFILE || error == ENFILE;
  return system_failure(what, error, outside_the_item ? Scope::run : Scope::item);
}

int Descriptor::close() { return ::close(std::exchange(fd_, -1)) == 0 ? 0 : errno; }

std::string host_name() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  return name.data();
}

int write_all(int fd, const void* bytes, std::size_t count) {
  const auto* at = static_cast<const char*>(bytes);
  while (count > 0) {
    const ssize_t n = ::write(fd, at, count);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    at += n;
    count -= static_cast<std::size_t>(n);
  }
  return 0;
}

}  // namespace imagemill
