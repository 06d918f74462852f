// Temporary folder for outputs that nobody keeps.
#pragma once

#include <filesystem>
#include <string>

#include <errno.h>
#include <stdlib.h>

#include "cli/display/complain.h"

namespace imagemill::cli {

// A new folder below $TMPDIR; the destructor removes it with everything in it.
class ScratchFolder {
 public:
  // If the folder cannot be made, prints why on stderr.
  ScratchFolder() {
    std::error_code error;
    std::string pattern =
        (std::filesystem::temp_directory_path(error) / "imagemill-XXXXXX").string();
    if (!error && mkdtemp(pattern.data()) != nullptr) {
      path_ = pattern;
    } else {
      if (!error) error = std::error_code(errno, std::generic_category());
      complain("cannot make a folder for temporary outputs (TMPDIR): " + error.message());
    }
  }
  bool made() const { return !path_.empty(); }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  // Requires: made().
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace imagemill::cli
