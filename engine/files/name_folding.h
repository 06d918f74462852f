// Which spellings of a name a file system takes for one.
#pragma once

#include <string>
#include <string_view>

namespace imagemill {

// False, false: names are their bytes.
struct NameFolding {
  bool ignores_case = false;  // "a" and "A" are one name (exFAT, NTFS, SMB)
  bool ignores_form = false;  // so are "é" as one code point and as two (ZFS; APFS: both)

  bool is_any() const { return ignores_case || ignores_form; }
  friend bool operator==(const NameFolding&, const NameFolding&) = default;
};

// A key of `path` that all spellings have that such a file system takes for one; perhaps others,
// too, for no two file systems agree about every letter: "ß" has the key of "ss". Equal to `path`
// where names are their bytes. Of a key it is the key. A microsecond a path.
std::string folded(std::string_view path, const NameFolding& folding);

// What such a file system does not tell apart, for a person: "upper from lower case". Empty where
// names are their bytes.
std::string_view not_told_apart(const NameFolding& folding);

}  // namespace imagemill
