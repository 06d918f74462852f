#include "engine/file_system.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
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
  const bool outside_the_item =
      error == ENOSPC || error == EDQUOT || error == EIO || error == EROFS;
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

class RealFileSystem : public FileSystem {
 public:
  Result<Listing> list(const fs::path& root, const fs::path& exclude) const override {
    Listing listing;
    std::error_code error;
    if (!fs::is_directory(root, error)) {
      return system_failure("cannot list the folder '" + root.string() + "'",
                            error ? error.value() : ENOTDIR);
    }
    const fs::path excluded = exclude.empty() ? fs::path() : fs::weakly_canonical(exclude, error);
    if (const auto failed = walk(fs::weakly_canonical(root, error), "", excluded, listing)) {
      return tl::make_unexpected(*failed);
    }
    std::sort(listing.files.begin(), listing.files.end());
    return listing;
  }

  Result<std::unique_ptr<InputFile>> open(const fs::path& path) const override {
    Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (fd.get() < 0) return system_failure("cannot open", errno);
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
  static std::optional<Error> walk(const fs::path& folder, const std::string& prefix,
                                   const fs::path& excluded, Listing& listing) {
    std::error_code error;
    fs::directory_iterator entries(folder, error);
    if (error) {
      Error unreadable = system_failure("cannot list this folder", error.value()).value();
      if (prefix.empty()) return unreadable;
      unreadable.item = prefix.substr(0, prefix.size() - 1);
      listing.unreadable.push_back(std::move(unreadable));
      return {};
    }
    for (auto it = fs::begin(entries); it != fs::end(entries); it.increment(error)) {
      const std::string name = it->path().filename().string();
      if (name.starts_with(kOwnPrefix)) continue;
      std::error_code ignored;
      if (it->is_directory(ignored) && !it->is_symlink(ignored)) {
        if (it->path() != excluded) walk(it->path(), prefix + name + "/", excluded, listing);
      } else if (it->is_regular_file(ignored)) {
        listing.files.push_back(prefix + name);
      }
    }
    if (error) {
      Error broken_off = system_failure("cannot list all of this folder", error.value()).value();
      broken_off.item = prefix.empty() ? "." : prefix.substr(0, prefix.size() - 1);
      listing.unreadable.push_back(std::move(broken_off));
    }
    return {};
  }

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
