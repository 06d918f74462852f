// Lists the files below a folder. Internal to the engine.
#pragma once

#include <filesystem>
#include <memory>
#include <stop_token>

#include "engine/base/result.h"
#include "engine/files/entry_cursor.h"

namespace imagemill {

// FileSystem::walk for real files.
Result<std::unique_ptr<Cursor>> walk_folder(const std::filesystem::path& root,
                                            const std::filesystem::path& exclude,
                                            const std::stop_token& stop);

}  // namespace imagemill
