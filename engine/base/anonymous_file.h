// Temporary files without a name.
#pragma once

#include <cstdio>
#include <memory>

namespace imagemill {

// Deleter of AnonymousFile.
struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using AnonymousFile = std::unique_ptr<std::FILE, CloseFile>;

// Makes a file for reading and writing in the folder for temporary files ($TMPDIR, else /tmp). The
// file is gone once it is closed, or when the process ends. null if no file can be made.
AnonymousFile open_temporary_file();

}  // namespace imagemill
