#include "engine/files/name_folding.h"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>

#include <utf8proc.h>

namespace imagemill {
namespace {

struct Free {
  void operator()(utf8proc_uint8_t* text) const { std::free(text); }
};

// Some file systems compare in upper case, some in lower case. Letters that are equal in either are
// equal here.
utf8proc_int32_t of_one_case(utf8proc_int32_t letter, void* /*data*/) {
  return utf8proc_tolower(utf8proc_toupper(letter));
}

// Maps `name` in place; false if it is not UTF-8.
bool map(std::string& name, int options, utf8proc_custom_func custom) {
  utf8proc_uint8_t* mapped = nullptr;
  const auto length = utf8proc_map_custom(reinterpret_cast<const utf8proc_uint8_t*>(name.data()),
                                          static_cast<utf8proc_ssize_t>(name.size()), &mapped,
                                          static_cast<utf8proc_option_t>(options | UTF8PROC_STABLE),
                                          custom, nullptr);
  const std::unique_ptr<utf8proc_uint8_t, Free> owner(mapped);
  if (length == UTF8PROC_ERROR_NOMEM) throw std::bad_alloc();
  if (length < 0) return false;
  name.assign(reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(length));
  return true;
}

// The key of one name; empty if the name holds only ignored characters.
std::string mapped_name(std::string name, const NameFolding& folding) {
  // File systems that ignore forms also ignore invisible characters, such as zero-width joiners.
  const int form = folding.ignores_form ? UTF8PROC_DECOMPOSE | UTF8PROC_IGNORE : 0;
  bool is_text = form == 0 || map(name, form, nullptr);
  if (!folding.ignores_case) return name;
  is_text = is_text && map(name, form | UTF8PROC_CASEFOLD, of_one_case);
  if (!is_text) {
    std::transform(name.begin(), name.end(), name.begin(), [](char c) {
      return 'A' <= c && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
  }
  // File systems of Windows drop dots and blanks at the end.
  const auto end = name.find_last_not_of(". ");
  if (end != std::string::npos) name.resize(end + 1);
  return name;
}

}  // namespace

std::string folded(std::string_view path, const NameFolding& folding) {
  if (!folding.is_any()) return std::string(path);
  std::string key;
  while (true) {
    const auto slash = path.find('/');
    const std::string name(path.substr(0, slash));
    const std::string mapped = mapped_name(name, folding);
    key += mapped.empty() ? name : mapped;
    if (slash == std::string_view::npos) return key;
    key += '/';
    path.remove_prefix(slash + 1);
  }
}

std::string_view not_told_apart(const NameFolding& folding) {
  if (folding.ignores_case && folding.ignores_form) {
    return "upper from lower case, nor composed from decomposed letters";
  }
  if (folding.ignores_case) return "upper from lower case";
  return folding.ignores_form ? "composed from decomposed letters" : "";
}

}  // namespace imagemill
