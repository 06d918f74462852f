// A mixed set of small image files: what a folder of photographs may hold.
#pragma once

#include <filesystem>
#include <set>
#include <string>

#include "tests/support/image_files.h"

namespace imagemill::testing {

struct PhotoSet {
  Files files;
  std::set<std::string> broken;   // of these, the images that can't be processed
  std::set<std::string> ignored;  // and the files that are no images

  std::size_t good() const { return files.size() - broken.size() - ignored.size(); }
};

// The same on every call.
const PhotoSet& photo_set();

void write_files(const std::filesystem::path& folder, const Files& files);
// Every file below a folder.
Files read_files(const std::filesystem::path& folder);
Bytes read_bytes(const std::filesystem::path& file);

}  // namespace imagemill::testing
