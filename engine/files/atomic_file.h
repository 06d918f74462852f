// A file that takes its name when it is whole.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <tl/expected.hpp>

#include "engine/files/posix.h"

namespace imagemill {

// A new file under a temporary name (temporaries.h) until it is renamed or linked into place;
// removed if it never is. Made exclusively: neither a link nor another's file of that name is ever
// written to. The temporary name holds nothing of the target's, which may be as long as a name can
// be. Functions return an errno, 0 if all is well. Movable; not thread-safe.
class AtomicFile {
 public:
  // Empty, to be written and read. `mark` is part of its temporary name. The error is an errno.
  static tl::expected<AtomicFile, int> make(const std::filesystem::path& folder,
                                            std::string_view mark = "");
  // The same in a folder that is open as `folder_fd`, which outlives it, and lies at `folder`.
  static tl::expected<AtomicFile, int> make_in(int folder_fd, const std::filesystem::path& folder,
                                               std::string_view mark = "");
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&& other) noexcept;
  ~AtomicFile();

  int fd() const { return fd_.get(); }
  // Its temporary name.
  std::string name() const { return path_.filename(); }

  int write(const void* bytes, std::size_t count) const {
    return write_all(fd_.get(), bytes, count);
  }
  int sync() const;
  int close() { return fd_.close(); }
  // The name `target` in its folder, in the place of what has it.
  int rename_to(const std::string& target);
  // The name `target`, unless there is such a file (EEXIST); it is still to be removed.
  int link_to(const std::string& target) const;
  // No name: the file goes with its descriptor.
  int unlink();
  // The descriptor, for longer than this object. Requires: it has been renamed or unlinked.
  Descriptor release() { return std::move(fd_); }

 private:
  AtomicFile(int folder_fd, std::filesystem::path folder)
      : folder_fd_(folder_fd), folder_(std::move(folder)) {}
  // As openat(2) takes it.
  std::string at(const std::string& name) const;

  int folder_fd_;
  std::filesystem::path folder_;
  std::filesystem::path path_;  // empty once it has another name, or none
  std::string at_;              // its place as unlinkat(2) takes it, which so needs no memory
  Descriptor fd_;
};

}  // namespace imagemill
