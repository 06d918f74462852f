#include "engine/files/temporary_names.h"

#include <atomic>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>
#include <string_view>
#include <vector>

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/exception_guard.h"
#include "engine/base/hash.h"
#include "engine/base/mutex.h"
#include "engine/files/folder_names.h"
#include "engine/files/posix.h"

namespace imagemill {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".tmp";

// Hash of host name, machine id and process namespace: each namespace numbers its processes anew.
std::string name_of_host() {
  std::ifstream file("/etc/machine-id");
  std::string machine;
  std::getline(file, machine);
  std::error_code ignored;
  Fingerprinter all;
  all.add(host_name());
  all.add(machine);
  all.add(fs::read_symlink("/proc/self/ns/pid", ignored).string());
  return to_hex(all.finish()).substr(0, 8);
}

// Start time of a process in clock ticks since boot; 0 for a zombie. nullopt if there is no such
// process, or if another user's process is hidden (hidepid in proc(5)).
std::optional<std::uint64_t> birth_of(const std::string& process) {
  std::ifstream file("/proc/" + process + "/stat");
  std::string line;
  std::getline(file, line);
  // The second field, the program's name in parentheses, may hold anything (proc(5)).
  const auto name_ends = line.rfind(')');
  if (name_ends == std::string::npos) return {};
  std::istringstream fields(line.substr(name_ends + 1));
  constexpr int kBirth = 22;
  std::string field;
  fields >> field;
  if (field == "Z" || field == "X") return 0;
  for (int i = 4; i < kBirth; ++i) fields >> field;
  std::uint64_t birth = 0;
  fields >> birth;
  return birth;
}

const std::string& host() {
  static const std::string name = name_of_host();
  return name;
}

// Parses the number that `text` begins with; false if there is none.
template <class Number>
bool reads(std::string_view text, Number& number) {
  return std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc();
}

bool is_stale(std::string_view name, std::string_view gone) {
  const std::string ours = std::string(kOwnPrefix) + "-";
  if (!name.starts_with(ours) || !name.ends_with(kSuffix)) return false;
  const std::string_view process = name.substr(ours.size());
  return is_gone(process) || (!gone.empty() && process.starts_with(std::string(gone) + "-"));
}

// Type of a directory entry. Some file systems give no type (DT_UNKNOWN), so lstat() decides.
unsigned char kind_of(const fs::path& folder, const dirent& entry) {
  if (entry.d_type != DT_UNKNOWN) return entry.d_type;
  struct stat status {};
  if (::lstat((folder / entry.d_name).c_str(), &status) != 0) return DT_UNKNOWN;
  return IFTODT(status.st_mode);
}

// True if this errno means that a folder holds no file to remove. The folder is gone, another file
// has its name, or this user may not look into it.
bool is_harmless(int error) {
  return error == 0 || error == ENOENT || error == ENOTDIR || error == ELOOP || error == EACCES;
}

struct Own {
  Mutex mutex;
  std::set<fs::path> paths IMAGEMILL_GUARDED_BY(mutex);
};
Own& own() {
  static Own instance;
  return instance;
}

}  // namespace

std::string process_name() {
  static const std::string process = std::to_string(::getpid());
  static const std::string name =
      host() + "-" + process + "-" + std::to_string(birth_of(process).value_or(0));
  return name;
}

bool is_gone(std::string_view process) {
  const std::string ours = host() + "-";
  if (!process.starts_with(ours)) return false;
  process.remove_prefix(ours.size());
  const auto number_ends = process.find('-');
  if (number_ends == std::string_view::npos) return false;
  const std::string_view rest = process.substr(number_ends + 1);
  const std::string number(process.substr(0, number_ends));
  pid_t pid = 0;
  std::uint64_t birth = 0;
  if (!reads(number, pid) || pid <= 0 || !reads(rest, birth)) return false;
  if (const auto now = birth_of(number)) return *now != birth;
  return ::kill(pid, 0) != 0 && errno == ESRCH;
}

void note_temporary(const fs::path& path) {
  Own& all = own();
  const MutexLock lock(all.mutex);
  all.paths.insert(path);
}

void forget_temporary(const fs::path& path) {
  Own& all = own();
  const MutexLock lock(all.mutex);
  all.paths.erase(path);
}

void remove_own_temporaries() {
  Own& all = own();
  const MutexLock lock(all.mutex);
  for (const fs::path& path : all.paths) {
    std::error_code ignored;
    if (::unlink(path.c_str()) != 0 && errno == EISDIR) fs::remove_all(path, ignored);
  }
}

std::string temporary_name(std::string_view mark) {
  static std::atomic<std::uint64_t> next{0};
  static const std::string prefix = std::string(kOwnPrefix) + "-" + process_name() + "-";
  return prefix + std::to_string(next++) + std::string(mark) + std::string(kSuffix);
}

Swept remove_stale_temporaries(const fs::path& folder, const std::stop_token& stop,
                               std::string_view gone, Depth depth) {
  Swept swept;
  const auto gone_through = guarded([&] {
    std::vector<fs::path> folders = {folder};
    LinkedFolder linked = LinkedFolder::entered;
    while (!folders.empty() && !stop.stop_requested()) {
      const fs::path at = std::move(folders.back());
      folders.pop_back();
      const auto look_at = [&](const dirent& entry) {
        if (stop.stop_requested()) return;
        const unsigned char kind = kind_of(at, entry);
        if (kind == DT_DIR && depth == Depth::all) folders.push_back(at / entry.d_name);
        if (kind != DT_REG || !is_stale(entry.d_name, gone)) return;
        if (::unlink((at / entry.d_name).c_str()) == 0) ++swept.removed;
      };
      if (!is_harmless(each_name(at, look_at, linked))) swept.is_whole = false;
      linked = LinkedFolder::refused;
    }
  });
  swept.is_whole = swept.is_whole && gone_through && !stop.stop_requested();
  return swept;
}

}  // namespace imagemill
