#include "engine/temporaries.h"

#include <atomic>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <set>
#include <sstream>
#include <string_view>

#include <unistd.h>

#include "engine/fingerprint.h"
#include "engine/mutex.h"
#include "engine/posix.h"

namespace imagemill {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".tmp";

// Processes are numbered anew in each namespace of them.
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

// In clock ticks since the machine was started; 0: there is no such process, or it has ended and
// nobody has asked how.
std::uint64_t birth_of(const std::string& process) {
  std::ifstream file("/proc/" + process + "/stat");
  std::string line;
  std::getline(file, line);
  // The second field, the program's name in parentheses, may hold anything (proc(5)).
  const auto name_ends = line.rfind(')');
  if (name_ends == std::string::npos) return 0;
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

bool is_stale(std::string_view name, std::string_view gone) {
  const std::string ours = std::string(kOwnPrefix) + "-";
  if (!name.starts_with(ours) || !name.ends_with(kSuffix)) return false;
  const std::string_view process = name.substr(ours.size());
  return is_gone(process) || (!gone.empty() && process.starts_with(std::string(gone) + "-"));
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
  static const std::string name = host() + "-" + process + "-" + std::to_string(birth_of(process));
  return name;
}

bool is_gone(std::string_view process) {
  const std::string ours = host() + "-";
  if (!process.starts_with(ours)) return false;
  process.remove_prefix(ours.size());
  const auto number_ends = process.find('-');
  if (number_ends == std::string_view::npos) return false;
  const std::string_view rest = process.substr(number_ends + 1);
  std::uint64_t birth = 0;
  if (std::from_chars(rest.data(), rest.data() + rest.size(), birth).ec != std::errc())
    return false;
  return birth_of(std::string(process.substr(0, number_ends))) != birth;
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

std::uint64_t remove_stale_temporaries(const fs::path& folder, const std::stop_token& stop,
                                       std::string_view gone) {
  std::uint64_t removed = 0;
  std::error_code error;
  fs::recursive_directory_iterator entries(folder, fs::directory_options::skip_permission_denied,
                                           error);
  while (!error && !stop.stop_requested() && entries != fs::recursive_directory_iterator()) {
    std::error_code ignored;
    if (is_stale(entries->path().filename().string(), gone) && entries->is_regular_file(ignored) &&
        fs::remove(entries->path(), ignored)) {
      ++removed;
    }
    entries.increment(error);
  }
  return removed;
}

}  // namespace imagemill
