// Lists the names in a folder. Internal to the engine.
#pragma once

#include <filesystem>
#include <functional>

#include <dirent.h>

namespace imagemill {

enum class LinkedFolder { entered, refused };

// Calls `visit` for each name in `folder` except "." and "..". Returns 0, or the errno that ended
// the listing early. Replaces the iterator of libstdc++, which takes an error for the end and ends
// the process when there is no memory for a name.
int each_name(const std::filesystem::path& folder,
              const std::function<void(const dirent& entry)>& visit,
              LinkedFolder linked = LinkedFolder::entered);

}  // namespace imagemill
