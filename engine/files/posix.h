// What is common to all that calls the system. Internal to the engine.
#pragma once

#include <string>
#include <utility>

#include <unistd.h>

#include "engine/base/result.h"

namespace imagemill {

// What this program makes beside a user's files has names that begin so.
inline constexpr std::string_view kOwnPrefix = ".imagemill";

// "permission_denied: WHAT: Permission denied", of an errno.
tl::unexpected<Error> system_failure(const std::string& what, int error, Scope scope = Scope::item);
// The same of an output: no space, or a device that fails, will fail the next file as well.
tl::unexpected<Error> write_failure(const std::string& what, int error);

// An open file, closed with it.
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
  // The errno of it, which some file systems need to report a failed write; 0 if all is well.
  int close();

 private:
  int fd_;
};

// Of this machine, as it calls itself.
std::string host_name();

// All of it, whatever a call writes at once. The errno; 0 if all is well.
int write_all(int fd, const void* bytes, std::size_t count);

}  // namespace imagemill
