// What a folder holds, name by name. Internal to the engine.
#pragma once

#include <filesystem>
#include <functional>

#include <dirent.h>

namespace imagemill {

enum class LinkedFolder { entered, refused };

// Calls `visit` for each name in `folder` but "." and "..". 0, or the errno of what kept it from
// going through all of them. Not std::filesystem's: of an error, that of libstdc++ makes an end,
// and it ends the process where there is no memory for a name.
int each_name(const std::filesystem::path& folder,
              const std::function<void(const dirent& entry)>& visit,
              LinkedFolder linked = LinkedFolder::entered);

}  // namespace imagemill
