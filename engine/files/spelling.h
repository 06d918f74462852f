// Finds out whether two paths lead to one folder. Internal to the engine.
#pragma once

#include <filesystem>

namespace imagemill {

// True if both paths lead to one folder: equal paths, equal device and inode, or spellings that
// their file system takes for one. Only for the last does it list further folders. Changes nothing
// on disk. Requires: absolute paths without links.
bool is_same_folder(const std::filesystem::path& a, const std::filesystem::path& b);

}  // namespace imagemill
