#include "engine/files/output_lock.h"

#include <array>
#include <cerrno>
#include <ctime>
#include <string>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/hash.h"
#include "engine/files/file_system.h"
#include "engine/files/temporary_names.h"

namespace imagemill {
namespace {

namespace fs = std::filesystem;

// Text that names the holder, for whoever finds the folder locked.
std::string holder() {
  std::array<char, 32> since{};
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  std::strftime(since.data(), since.size(), "%Y-%m-%dT%H:%M:%SZ", &utc);
  return "process " + std::to_string(::getpid()) + " on " + host_name() + " since " + since.data();
}

Descriptor open_lock(const fs::path& file) {
  return Descriptor(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666));
}

// True if the text could be written.
bool set_text_of(int fd, const std::string& text) {
  return ::ftruncate(fd, 0) == 0 && ::pwrite(fd, text.data(), text.size(), 0) >= 0;
}

std::string text_of(int fd) {
  std::array<char, 512> text{};
  const ssize_t n = ::pread(fd, text.data(), text.size(), 0);
  return n > 0 ? std::string(text.data(), static_cast<std::size_t>(n)) : "";
}

tl::unexpected<Error> in_use(const fs::path& output, const std::string& other) {
  return failure("in_use",
                 "another run writes to the output folder '" + output.string() + "': " + other);
}

}  // namespace

fs::path own_folder(const fs::path& output) { return output / kOwnPrefix; }

Result<void> make_own_folder(const fs::path& output, const std::string& what) {
  std::error_code error;
  fs::create_directories(own_folder(output), error);
  if (error) return system_failure(what, error.value());
  if (!fs::is_symlink(own_folder(output), error)) return {};
  return failure("outside_output", what + ": its '.imagemill' is a link");
}

fs::path journal_of(const fs::path& output, const std::string& name) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
  constexpr std::size_t kLongest = 100;
  const bool is_lower = name.find_first_of(kPlain.substr(26, 26)) == std::string_view::npos;
  const bool plain = name.size() <= kLongest &&
                     name.find_first_not_of(kPlain) == std::string::npos &&
                     (is_lower || !FileSystem::real().folding(own_folder(output)).ignores_case);
  std::string file = name.empty() ? "journal" : "journal-" + name;
  if (!plain) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(name.data());
    file = "journal." + to_hex(fingerprint({bytes, name.size()}));
  }
  return own_folder(output) / file;
}

Result<OutputLock> OutputLock::take(const fs::path& output, Look look,
                                    const std::stop_token& stop) {
  const std::string what = "cannot write to the folder '" + output.string() + "'";
  if (auto made = make_own_folder(output, what); !made) {
    return tl::make_unexpected(std::move(made.error()));
  }
  OutputLock lock(open_lock(own_folder(output) / "lock"));
  const int fd = lock.file_.get();
  if (!lock.file_.is_open()) return system_failure(what, errno);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    std::string other = text_of(fd);
    lock.file_ = Descriptor();
    return in_use(output, other.empty() ? "shards of one, or another process" : other);
  }
  // A run that ends in order leaves no temporary file, and an empty lock file.
  const bool looks = look == Look::always || !text_of(fd).empty();
  if (!set_text_of(fd, holder())) return system_failure(what, errno);
  if (!looks) return lock;
  lock.removed_ = remove_stale_temporaries(output, stop).removed;
  if (!stop.stop_requested()) return lock;
  // Closes the file first, so that the destructor does not erase the holder's name.
  lock.file_ = Descriptor();
  return failure("interrupted", "stopped while it looked for files that dead runs left in '" +
                                    output.string() + "'");
}

Result<OutputLock> OutputLock::share(const fs::path& output) {
  const std::string what = "cannot write to the folder '" + output.string() + "'";
  if (auto made = make_own_folder(output, what); !made) {
    return tl::make_unexpected(std::move(made.error()));
  }
  OutputLock lock(open_lock(own_folder(output) / "lock"));
  lock.is_shared_ = true;
  const int fd = lock.file_.get();
  if (!lock.file_.is_open()) return system_failure(what, errno);
  if (::flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    return in_use(output, text_of(fd));
  }
  return lock;
}

OutputLock::~OutputLock() {
  // If the file cannot be emptied, the next run just looks for temporary files.
  if (file_.is_open() && !is_shared_ && ::ftruncate(file_.get(), 0) != 0) return;
}

Result<FileLock> FileLock::take(const fs::path& file, Wait wait) {
  FileLock lock(open_lock(file));
  if (!lock.file_.is_open()) return system_failure("cannot lock '" + file.string() + "'", errno);
  const int how = LOCK_EX | (wait == Wait::no ? LOCK_NB : 0);
  int failed = 0;
  do {
    failed = ::flock(lock.file_.get(), how);
  } while (failed != 0 && errno == EINTR);
  lock.is_held_ = failed == 0 || errno != EWOULDBLOCK;
  return lock;
}

std::string FileLock::text() const { return text_of(file_.get()); }

void FileLock::set_text(const std::string& text) const { set_text_of(file_.get(), text); }

}  // namespace imagemill
