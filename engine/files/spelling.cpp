#include "engine/files/spelling.h"

#include <algorithm>
#include <string>

#include <sys/stat.h>

#include "engine/files/folder_names.h"
#include "engine/files/name_folding.h"

namespace imagemill {
namespace {

namespace fs = std::filesystem;

constexpr NameFolding kAny{.ignores_case = true, .ignores_form = true};

bool have_one_number(const fs::path& a, const fs::path& b) {
  struct stat one {};
  struct stat other {};
  return ::stat(a.c_str(), &one) == 0 && ::stat(b.c_str(), &other) == 0 &&
         one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

// True if `folder` takes both names for one: both exist, but a listing shows only one of them.
bool are_one_name(const fs::path& folder, const fs::path& a, const fs::path& b) {
  std::error_code error;
  if (a == b) return true;
  if (!fs::exists(folder / a, error) || !fs::exists(folder / b, error)) return false;
  int listed = 0;
  const int failed = each_name(folder, [&](const dirent& entry) {
    if (a == entry.d_name || b == entry.d_name) ++listed;
  });
  return failed == 0 && listed < 2;
}

// True if the paths differ only in spellings that are one name. File systems in user space may give
// each spelling its own inode.
bool differ_in_spelling(const fs::path& a, const fs::path& b) {
  if (folded(a.string(), kAny) != folded(b.string(), kAny)) return false;
  fs::path folder;
  for (auto in_a = a.begin(), in_b = b.begin(); in_a != a.end(); ++in_a, ++in_b) {
    if (in_b == b.end() || !are_one_name(folder, *in_a, *in_b)) return false;
    folder /= *in_a;
  }
  return true;
}

}  // namespace

bool is_same_folder(const fs::path& a, const fs::path& b) {
  return a == b || have_one_number(a, b) || differ_in_spelling(a, b);
}

}  // namespace imagemill
