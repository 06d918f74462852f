#include "engine/files/directory_walk.h"

#include <algorithm>
#include <cerrno>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "engine/files/posix.h"
#include "engine/files/spelling.h"

namespace imagemill {
namespace {

namespace fs = std::filesystem;

struct Close {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

// Gives the files of a folder, in batches, and then enters its folders one by one.
class DirectoryWalk final : public Cursor {
 public:
  DirectoryWalk(fs::path root, fs::path excluded, std::stop_token stop)
      : root_(std::move(root)), excluded_(std::move(excluded)), stop_(std::move(stop)) {}

  // Opens the root. A folder below it that cannot be opened becomes an entry instead.
  Result<void> open() {
    if (const int failed = enter("")) {
      return system_failure("cannot list the folder '" + root_.string() + "'", failed);
    }
    return {};
  }

  std::optional<Entry> next() override {
    // Checks `stop` for each folder: a tree may hold many folders and no file.
    while (!stop_.stop_requested()) {
      if (next_ < files_.size()) return Entry{.key = prefix_ + files_[next_++]};
      if (entries_) {
        read_batch();
      } else if (broken_off_ != 0) {
        return unreadable("cannot list all of this folder", std::exchange(broken_off_, 0));
      } else if (const auto folder = next_folder()) {
        if (const int failed = enter(*folder)) return unreadable("cannot list this folder", failed);
      } else {
        return {};
      }
    }
    return {};
  }

 private:
  static constexpr std::size_t kBatch = 4096;

  // `folder` is empty or ends in a slash.
  int enter(const std::string& folder) {
    prefix_ = folder;
    if (is_excluded(folder)) {
      entries_.reset();
      return 0;
    }
    entries_.reset(::opendir((root_ / folder).c_str()));
    return entries_ ? 0 : errno;
  }

  bool is_excluded(const std::string& folder) const {
    return !folder.empty() && !excluded_.empty() &&
           is_same_folder((root_ / folder).parent_path(), excluded_);
  }

  std::optional<std::string> next_folder() {
    // Sorted backwards, since the last is taken first.
    std::sort(inner_.begin(), inner_.end(), std::greater<>());
    for (std::string& folder : inner_) folders_.push_back(std::move(folder));
    inner_.clear();
    if (folders_.empty()) return {};
    std::string folder = std::move(folders_.back());
    folders_.pop_back();
    return folder;
  }

  void read_batch() {
    files_.clear();
    next_ = 0;
    while (entries_ && files_.size() < kBatch && !stop_.stop_requested()) {
      errno = 0;
      if (const dirent* entry = ::readdir(entries_.get())) {
        look_at(*entry);
      } else {
        broken_off_ = errno;
        entries_.reset();
      }
    }
    std::sort(files_.begin(), files_.end());
  }

  void look_at(const dirent& entry) {
    std::string name = entry.d_name;
    if (name == "." || name == ".." || name.starts_with(kOwnPrefix)) return;
    const Kind kind = kind_of(entry);
    if (kind == Kind::file) {
      files_.push_back(std::move(name));
    } else if (kind == Kind::folder) {
      inner_.push_back(prefix_ + name + "/");
    }
  }

  enum class Kind { file, folder, link_to_folder };
  Kind kind_of(const dirent& entry) const {
    if (entry.d_type == DT_DIR) return Kind::folder;
    // Some file systems give no type (DT_UNKNOWN).
    if (entry.d_type != DT_LNK && entry.d_type != DT_UNKNOWN) return Kind::file;
    const auto is_folder = [&](int flags) {
      struct stat status {};
      return ::fstatat(::dirfd(entries_.get()), entry.d_name, &status, flags) == 0 &&
             S_ISDIR(status.st_mode);
    };
    if (is_folder(AT_SYMLINK_NOFOLLOW)) return Kind::folder;
    return is_folder(0) ? Kind::link_to_folder : Kind::file;
  }

  Entry unreadable(const std::string& what, int error) const {
    const std::string folder = prefix_.empty() ? "." : prefix_.substr(0, prefix_.size() - 1);
    return {.key = folder, .error = system_failure(what, error).value()};
  }

  const fs::path root_;
  const fs::path excluded_;
  const std::stop_token stop_;
  std::string prefix_;  // path of the folder that is being read
  // readdir(3), because the iterator of libstdc++ ends the process when there is no memory for a
  // name.
  std::unique_ptr<DIR, Close> entries_;
  int broken_off_ = 0;                // errno of a listing that ended early
  std::vector<std::string> files_;    // the current batch
  std::size_t next_ = 0;              // index into files_
  std::vector<std::string> inner_;    // folders found so far in the current folder
  std::vector<std::string> folders_;  // folders to enter after those
};

}  // namespace

Result<std::unique_ptr<Cursor>> walk_folder(const fs::path& root, const fs::path& exclude,
                                            const std::stop_token& stop) {
  std::error_code error;
  if (!fs::is_directory(root, error)) {
    return system_failure("cannot list the folder '" + root.string() + "'",
                          error ? error.value() : ENOTDIR);
  }
  auto folder = std::make_unique<DirectoryWalk>(
      fs::weakly_canonical(root, error),
      exclude.empty() ? fs::path() : fs::weakly_canonical(exclude, error), stop);
  if (auto opened = folder->open(); !opened) return tl::make_unexpected(std::move(opened.error()));
  return folder;
}

}  // namespace imagemill
