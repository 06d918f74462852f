// This machine's file system, by POSIX calls.
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>

#include "engine/files/directory_walk.h"
#include "engine/files/file_system.h"
#include "engine/files/output_file.h"
#include "engine/files/posix.h"

namespace imagemill {
namespace {

namespace fs = std::filesystem;

class RealInputFile : public InputFile {
 public:
  RealInputFile(Descriptor fd, const FileStamp& stamp) : fd_(std::move(fd)), stamp_(stamp) {}

  FileStamp stamp() const override { return stamp_; }
  bool has_changed() const override {
    struct stat status {};
    return ::fstat(fd_.get(), &status) != 0 || stamp_of(status) != stamp_;
  }

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
  Result<void> skip(std::uint64_t bytes) override {
    if (::lseek(fd_.get(), static_cast<off_t>(bytes), SEEK_CUR) < 0) {
      return system_failure("cannot read", errno);
    }
    return {};
  }

 private:
  Descriptor fd_;
  FileStamp stamp_;
};

// The disk behind an open folder. The kernel reports each failed write once to every descriptor
// that was open at the time (syncfs(2)).
class RealDisk : public Disk {
 public:
  RealDisk(Descriptor folder, fs::path path) : folder_(std::move(folder)), path_(std::move(path)) {}

  static tl::unexpected<Error> failed(const fs::path& path) {
    return write_failure("cannot sync '" + path.string() + "' to its disk", errno);
  }
  Result<void> sync() override {
    if (::syncfs(folder_.get()) != 0) return failed(path_);
    return {};
  }

 private:
  Descriptor folder_;
  fs::path path_;
};

class RealFileSystem : public FileSystem {
 public:
  Result<std::unique_ptr<Cursor>> walk(const fs::path& root, const fs::path& exclude,
                                       const std::stop_token& stop) const override {
    return walk_folder(root, exclude, stop);
  }

  Result<std::unique_ptr<InputFile>> open(const fs::path& path) const override {
    struct stat status {};
    // Opening a pipe or a device could have effects on others.
    if (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) return not_regular();
    Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    // Without free descriptors, the next file will fail, too.
    const Scope scope = errno == EMFILE || errno == ENFILE ? Scope::run : Scope::item;
    if (!fd.is_open()) return system_failure("cannot open", errno, scope);
    if (::fstat(fd.get(), &status) != 0) return system_failure("cannot open", errno);
    if (!S_ISREG(status.st_mode)) return not_regular();
    return std::make_unique<RealInputFile>(std::move(fd), stamp_of(status));
  }

  Result<FileStamp> stamp(const fs::path& path) const override {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return system_failure("cannot look at it", errno);
    if (!S_ISREG(status.st_mode)) return not_regular();
    return stamp_of(status);
  }

  Result<void> prepare_output(const fs::path& folder) const override {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) {
      return system_failure("cannot write to the folder '" + folder.string() + "'", error.value());
    }
    return probe_output(folder);
  }
  NameFolding folding(const fs::path& folder) const override { return folding_of_output(folder); }
  Result<FileStamp> replace(const fs::path& root, const fs::path& path,
                            std::span<const std::uint8_t> bytes,
                            Durability durability) const override {
    return replace_output(root, path, bytes, durability);
  }
  Result<FileStamp> replace_from(const ReadSome& from, const fs::path& root,
                                 const fs::path& path) const override {
    return replace_output_from(from, root, path);
  }
  Result<void> remove(const fs::path& root, const fs::path& path) const override {
    return remove_output(root, path);
  }
  Result<FileStamp> stamp_below(const fs::path& root, const fs::path& path) const override {
    return stamp_output(root, path);
  }
  Result<std::unique_ptr<Disk>> disk(const fs::path& folder) const override {
    Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd.is_open()) return RealDisk::failed(folder);
    return std::make_unique<RealDisk>(std::move(fd), folder);
  }

 private:
  static tl::unexpected<Error> not_regular() { return failure("not_a_file", "not a regular file"); }
};

}  // namespace

FileSystem& FileSystem::real() {
  static RealFileSystem instance;
  return instance;
}

}  // namespace imagemill
