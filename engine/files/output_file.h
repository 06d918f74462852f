// Writes below an output folder. Internal to the engine; FileSystem documents each function.
#pragma once

#include <filesystem>
#include <span>

#include <sys/stat.h>

#include "engine/files/file_system.h"

namespace imagemill {

// Size and modification time from a stat() result.
FileStamp stamp_of(const struct stat& status);

// An error if no file can be made in `root`.
Result<void> probe_output(const std::filesystem::path& root);
NameFolding folding_of_output(const std::filesystem::path& root);
Result<FileStamp> replace_output(const std::filesystem::path& root,
                                 const std::filesystem::path& path,
                                 std::span<const std::uint8_t> bytes, Durability durability);
Result<FileStamp> replace_output_from(const ReadSome& from, const std::filesystem::path& root,
                                      const std::filesystem::path& path);
Result<void> remove_output(const std::filesystem::path& root, const std::filesystem::path& path);
Result<FileStamp> stamp_output(const std::filesystem::path& root,
                               const std::filesystem::path& path);

}  // namespace imagemill
