// What a node may know of the run it takes part in.
#pragma once

#include <filesystem>
#include <stop_token>

#include "engine/file_system.h"

namespace imagemill {

enum class Digests { off, on };  // whether sinks compute the SHA-256 of what they write

struct Environment {
  std::filesystem::path input;   // what sources read: a folder, a list of files, or "-"
  std::filesystem::path output;  // the folder that sinks write
  FileSystem* files = &FileSystem::real();
  Digests digests = Digests::off;
  std::stop_token stop = {};  // requested when the run is to end early
};

}  // namespace imagemill
