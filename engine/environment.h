// What a node may know of the run it takes part in.
#pragma once

#include <filesystem>

#include "engine/file_system.h"

namespace imagemill {

enum class Digests { off, on };  // whether sinks compute the SHA-256 of what they write

struct Environment {
  std::filesystem::path input;   // the folder that sources read
  std::filesystem::path output;  // the folder that sinks write
  FileSystem* files = &FileSystem::real();
  Digests digests = Digests::off;
};

}  // namespace imagemill
