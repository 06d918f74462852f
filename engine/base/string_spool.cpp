#include "engine/base/string_spool.h"

namespace imagemill {

StringSpool::StringSpool() = default;

std::uint64_t StringSpool::add(std::string_view key) {
  if (end_ == 0) {
    file_ = open_temporary_file();
    end_ = 1;  // so that no key has the place 0
    if (file_ && std::fputc(0, file_.get()) == EOF) file_.reset();
  }
  if (!file_) return 0;
  const std::uint64_t place = end_;
  // Keys are paths: they hold no NUL.
  if (std::fwrite(key.data(), 1, key.size(), file_.get()) != key.size() ||
      std::fputc(0, file_.get()) == EOF) {
    file_.reset();
    return 0;
  }
  end_ += key.size() + 1;
  return place;
}

std::optional<std::string> StringSpool::read(std::uint64_t place) {
  if (!file_ || place == 0) return {};
  std::string key;
  if (std::fseek(file_.get(), static_cast<long>(place), SEEK_SET) != 0) return {};
  int c = 0;
  while ((c = std::fgetc(file_.get())) != EOF && c != 0) key += static_cast<char>(c);
  std::fseek(file_.get(), 0, SEEK_END);
  return key;
}

}  // namespace imagemill
