#include "engine/file_system.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <functional>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace imagemill {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kOwnPrefix = ".imagemill";

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

tl::unexpected<Error> system_failure(const std::string& what, int error,
                                     Scope scope = Scope::item) {
  return failure(code_of(error), what + ": " + std::strerror(error), scope);
}

// Of an output: no space, or a device that fails, will fail the next file as well.
tl::unexpected<Error> write_failure(const std::string& what, int error) {
  const bool outside_the_item = error == ENOSPC || error == EDQUOT || error == EIO ||
                                error == EROFS || error == EMFILE || error == ENFILE;
  return system_failure(what, error, outside_the_item ? Scope::run : Scope::item);
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

class RealInputFile : public InputFile {
 public:
  RealInputFile(Descriptor fd, std::uint64_t size) : fd_(std::move(fd)), size_(size) {}

  std::uint64_t size() const override { return size_; }

  Result<std::size_t> read(std::span<std::uint8_t> to) override {
    std::size_t done = 0;
    while (done < to.size()) {
      const ssize_t n = ::read(fd_.get(), to.data() + done, to.size() - done);
      if (n == 0) break;
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return system_failure("cannot read", errno);
      done += static_cast<std::size_t>(n);
    }
    return done;
  }

 private:
  Descriptor fd_;
  std::uint64_t size_;
};

// A temporary file, removed unless it is renamed into place. Its name holds nothing of the
// target's, which may be as long as a name can be.
class TemporaryFile {
 public:
  TemporaryFile(const fs::path& folder, int& error) {
    static std::atomic<std::uint64_t> next{0};
    do {
      path_ = folder / (std::string(kOwnPrefix) + "-" + std::to_string(::getpid()) + "-" +
                        std::to_string(next++) + ".tmp");
      fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    } while (fd_ < 0 && errno == EEXIST);
    error = fd_ < 0 ? errno : 0;
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (fd_ >= 0) ::close(fd_);
    if (!path_.empty()) ::unlink(path_.c_str());
  }

  int write(std::span<const std::uint8_t> bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return errno;
      bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
    return 0;
  }
  int sync() { return ::fsync(fd_) == 0 ? 0 : errno; }
  // Some file systems report a failed write only here.
  int close() { return ::close(std::exchange(fd_, -1)) == 0 ? 0 : errno; }
  int rename_to(const fs::path& target) {
    if (::rename(path_.c_str(), target.c_str()) != 0) return errno;
    path_.clear();
    return 0;
  }

 private:
  fs::path path_;
  int fd_ = -1;
};

// A folder's files, in batches, then its folders, one after the other.
class FolderWalk final : public Cursor {
 public:
  FolderWalk(fs::path root, fs::path excluded)
      : root_(std::move(root)), excluded_(std::move(excluded)) {}

  // Of the root. Any other folder that can't be opened is an entry.
  Result<void> open() {
    if (const int failed = enter("")) {
      return system_failure("cannot list the folder '" + root_.string() + "'", failed);
    }
    return {};
  }

  std::optional<Entry> next() override {
    while (true) {
      if (next_ < files_.size()) return Entry{.key = prefix_ + files_[next_++]};
      if (entries_ != fs::directory_iterator()) {
        read_batch();
      } else if (broken_off_ != 0) {
        return unreadable("cannot list all of this folder", std::exchange(broken_off_, 0));
      } else if (const auto folder = next_folder()) {
        if (const int failed = enter(*folder)) return unreadable("cannot list this folder", failed);
      } else {
        return {};
      }
    }
  }

 private:
  static constexpr std::size_t kBatch = 4096;

  // `folder` is empty or ends in a slash.
  int enter(const std::string& folder) {
    prefix_ = folder;
    std::error_code error;
    entries_ = fs::directory_iterator(root_ / folder, error);
    return error.value();
  }

  std::optional<std::string> next_folder() {
    // The last is taken first.
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
    std::error_code error;
    for (; entries_ != fs::directory_iterator() && files_.size() < kBatch;
         entries_.increment(error)) {
      look_at(*entries_);
    }
    broken_off_ = error.value();
    std::sort(files_.begin(), files_.end());
  }

  void look_at(const fs::directory_entry& entry) {
    std::string name = entry.path().filename().string();
    if (name.starts_with(kOwnPrefix)) return;
    std::error_code ignored;
    if (entry.is_directory(ignored) && !entry.is_symlink(ignored)) {
      if (root_ / prefix_ / name != excluded_) inner_.push_back(prefix_ + name + "/");
    } else if (entry.is_regular_file(ignored)) {
      files_.push_back(std::move(name));
    }
  }

  Entry unreadable(const std::string& what, int error) const {
    const std::string folder = prefix_.empty() ? "." : prefix_.substr(0, prefix_.size() - 1);
    return {.key = folder, .error = system_failure(what, error).value()};
  }

  const fs::path root_;
  const fs::path excluded_;
  std::string prefix_;  // of the folder whose entries are being read
  fs::directory_iterator entries_;
  int broken_off_ = 0;
  std::vector<std::string> files_;    // a batch
  std::size_t next_ = 0;              // of them
  std::vector<std::string> inner_;    // the folders of this one, as far as it was read
  std::vector<std::string> folders_;  // still to be entered, after those
};

class RealFileSystem : public FileSystem {
 public:
  Result<std::unique_ptr<Cursor>> walk(const fs::path& root,
                                       const fs::path& exclude) const override {
    std::error_code error;
    if (!fs::is_directory(root, error)) {
      return system_failure("cannot list the folder '" + root.string() + "'",
                            error ? error.value() : ENOTDIR);
    }
    auto folder = std::make_unique<FolderWalk>(
        fs::weakly_canonical(root, error),
        exclude.empty() ? fs::path() : fs::weakly_canonical(exclude, error));
    if (auto opened = folder->open(); !opened)
      return tl::make_unexpected(std::move(opened.error()));
    return folder;
  }

  Result<std::unique_ptr<InputFile>> open(const fs::path& path) const override {
    Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    // Out of descriptors, which the next file will be, too.
    const Scope scope = errno == EMFILE || errno == ENFILE ? Scope::run : Scope::item;
    if (fd.get() < 0) return system_failure("cannot open", errno, scope);
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0) return system_failure("cannot open", errno);
    if (!S_ISREG(status.st_mode)) return failure("not_a_file", "not a regular file");
    return std::make_unique<RealInputFile>(std::move(fd),
                                           static_cast<std::uint64_t>(status.st_size));
  }

  Result<void> prepare_output(const fs::path& folder) const override {
    const std::string what = "cannot write to the folder '" + folder.string() + "'";
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) return system_failure(what, error.value());
    int failed = 0;
    TemporaryFile probe(folder, failed);
    if (failed != 0) return system_failure(what, failed);
    return {};
  }

  Result<void> replace(const fs::path& path, std::span<const std::uint8_t> bytes,
                       Durability durability) const override {
    const std::string what = "cannot write '" + path.string() + "'";
    int error = try_replace(path, bytes, durability);
    if (error == ENOENT) {
      std::error_code made;
      fs::create_directories(path.parent_path(), made);
      error = made ? made.value() : try_replace(path, bytes, durability);
    }
    if (error != 0) return write_failure(what, error);
    return {};
  }

 private:
  static int try_replace(const fs::path& path, std::span<const std::uint8_t> bytes,
                         Durability durability) {
    int error = 0;
    TemporaryFile file(path.parent_path(), error);
    if (error == 0) error = file.write(bytes);
    if (error == 0 && durability == Durability::file) error = file.sync();
    if (error == 0) error = file.close();
    if (error == 0) error = file.rename_to(path);
    return error;
  }
};

}  // namespace

FileSystem& FileSystem::real() {
  static RealFileSystem instance;
  return instance;
}

Result<std::vector<std::uint8_t>> read_file(const FileSystem& files, const fs::path& path) {
  auto file = files.open(path);
  if (!file) return tl::make_unexpected(file.error());
  std::vector<std::uint8_t> bytes((*file)->size());
  const auto read = (*file)->read(bytes);
  if (!read) return tl::make_unexpected(read.error());
  if (*read != bytes.size()) return failure("truncated", "the file shrank while it was read");
  return bytes;
}

}  // namespace imagemill
