#include "engine/files/folder_names.h"

#include <cerrno>
#include <memory>
#include <string_view>

#include <fcntl.h>
#include <unistd.h>

namespace imagemill {
namespace {

struct Close {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

}  // namespace

int each_name(const std::filesystem::path& folder,
              const std::function<void(const dirent& entry)>& visit, LinkedFolder linked) {
  const int no_link = linked == LinkedFolder::refused ? O_NOFOLLOW : 0;
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | no_link);
  if (fd < 0) return errno;
  const std::unique_ptr<DIR, Close> entries(::fdopendir(fd));
  if (!entries) {
    const int failed = errno;
    ::close(fd);
    return failed;
  }
  while (true) {
    errno = 0;
    const dirent* entry = ::readdir(entries.get());
    if (entry == nullptr) return errno;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") visit(*entry);
  }
}

}  // namespace imagemill
