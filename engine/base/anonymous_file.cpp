#include "engine/base/anonymous_file.h"

#include <filesystem>
#include <string>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

namespace imagemill {

AnonymousFile open_temporary_file() {
  std::error_code error;
  const std::filesystem::path folder = std::filesystem::temp_directory_path(error);
  if (error) return {};
  std::string name = (folder / "imagemill-XXXXXX").string();
  const int fd = mkostemp(name.data(), O_CLOEXEC);
  if (fd < 0) return {};
  ::unlink(name.c_str());
  AnonymousFile file(::fdopen(fd, "w+"));
  if (!file) ::close(fd);
  return file;
}

}  // namespace imagemill
