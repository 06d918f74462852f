// Helpers for system calls. Internal to the engine.
#pragma once

#include <string>
#include <utility>

#include <unistd.h>

#include "engine/base/result.h"

namespace imagemill {

// Prefix of all names that this program makes beside a user's files.
inline constexpr std::string_view kOwnPrefix = ".imagemill";

// The error of an errno: "permission_denied: WHAT: Permission denied".
tl::unexpected<Error> system_failure(const std::string& what, int error, Scope scope = Scope::item);
// The error of an errno while writing. Scope::run if the next file will fail as well: no space, or
// a failing device.
tl::unexpected<Error> write_failure(const std::string& what, int error);

// A file descriptor; the destructor closes it.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  bool is_open() const { return fd_ >= 0; }
  int get() const { return fd_; }
  // Closes the descriptor. Returns an errno, 0 on success; some file systems report a failed write
  // only here.
  int close();

 private:
  int fd_;
};

// This machine's host name (gethostname).
std::string host_name();

// Writes all `count` bytes, in as many calls as needed. Returns an errno, 0 on success.
int write_all(int fd, const void* bytes, std::size_t count);

}  // namespace imagemill
