// A file that gets its final name only when it is whole.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <tl/expected.hpp>

#include "engine/files/posix.h"

namespace imagemill {

// A new file under a temporary name (temporary_names.h), until it is renamed or linked into place.
// The destructor removes a file that still has its temporary name.
//
// The file is created exclusively, so no link and no other file of that name is ever written to.
// The temporary name contains no part of the target's name, which may have the maximum length.
// Functions return an errno, 0 on success. Movable; not thread-safe.
class AtomicFile {
 public:
  // Makes an empty file, open for reading and writing. `mark` is part of its temporary name. The
  // error is an errno.
  static tl::expected<AtomicFile, int> make(const std::filesystem::path& folder,
                                            std::string_view mark = "");
  // As make(), in the folder at `folder` that is open as `folder_fd`. The descriptor must outlive
  // the file.
  static tl::expected<AtomicFile, int> make_in(int folder_fd, const std::filesystem::path& folder,
                                               std::string_view mark = "");
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&& other) noexcept;
  ~AtomicFile();

  int fd() const { return fd_.get(); }
  // The temporary name, without the folder.
  std::string name() const { return path_.filename(); }

  int write(const void* bytes, std::size_t count) const {
    return write_all(fd_.get(), bytes, count);
  }
  int sync() const;
  int close() { return fd_.close(); }
  // Renames the file to `target` in its folder; replaces a file of that name.
  int rename_to(const std::string& target);
  // Links the file to `target` in its folder; EEXIST if that name is taken. The temporary name
  // stays until the destructor or unlink() removes it.
  int link_to(const std::string& target) const;
  // Removes the temporary name. A file without another name goes when its descriptor is closed.
  int unlink();
  // Hands over the descriptor, which then outlives this object. Requires: the file has been renamed
  // or unlinked.
  Descriptor release() { return std::move(fd_); }

 private:
  AtomicFile(int folder_fd, std::filesystem::path folder)
      : folder_fd_(folder_fd), folder_(std::move(folder)) {}
  // The path of `name` as openat(2) takes it.
  std::string at(const std::string& name) const;

  int folder_fd_;
  std::filesystem::path folder_;
  std::filesystem::path path_;  // empty once the temporary name is gone
  std::string at_;              // path for unlinkat(2), kept so that unlink() allocates nothing
  Descriptor fd_;
};

}  // namespace imagemill
