// Files without a name.
#pragma once

#include <cstdio>
#include <memory>

namespace imagemill {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using TemporaryFile = std::unique_ptr<std::FILE, CloseFile>;

// In the folder for temporary files ($TMPDIR, else /tmp), to be written and read; gone once it is
// closed, or with the process. Null where none can be made.
TemporaryFile open_temporary_file();

}  // namespace imagemill
