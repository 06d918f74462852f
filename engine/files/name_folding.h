// Spellings of a name that a file system takes for one.
#pragma once

#include <string>
#include <string_view>

namespace imagemill {

// What a file system ignores in names. Both false: names are their bytes.
struct NameFolding {
  bool ignores_case = false;  // "a" and "A" are one name (exFAT, NTFS, SMB)
  bool ignores_form = false;  // "é" as one and as two code points are one name (ZFS; APFS: both)

  bool is_any() const { return ignores_case || ignores_form; }
  friend bool operator==(const NameFolding&, const NameFolding&) = default;
};

// A key that is the same for all spellings of `path` on such a file system. Other paths may share
// the key, since no two file systems agree about every letter: "ß" has the key of "ss". Equal to
// `path` if names are their bytes. Idempotent. Cost: one microsecond a path.
std::string folded(std::string_view path, const NameFolding& folding);

// Spellings that such a file system does not tell apart, for a person: "upper from lower case".
// Empty if names are their bytes.
std::string_view not_told_apart(const NameFolding& folding);

}  // namespace imagemill
