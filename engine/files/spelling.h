// Folders of real files that are called by more than one name. Internal to the engine.
#pragma once

#include <filesystem>

namespace imagemill {

// Whether both lead to one folder, or are the same path: by what the system numbers it, or where
// spellings of one name differ that its file system takes for one. Touches nothing; looks at more
// than the two only where the paths differ in spelling. Requires: absolute paths without links.
bool is_same_folder(const std::filesystem::path& a, const std::filesystem::path& b);

}  // namespace imagemill
