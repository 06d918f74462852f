// The file system as the nodes see it: one seam for real files, slow ones and failing ones.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/cursor.h"
#include "engine/result.h"

namespace imagemill {

// What of an output survives a power cut once the run has said so.
enum class Durability {
  none,  // what the kernel has written back by then
  file,  // every file: fsync before it is renamed into place
};

// An open input file, read from its start. Not thread-safe.
class InputFile {
 public:
  virtual ~InputFile() = default;
  virtual std::uint64_t size() const = 0;
  // Fills `to` as far as the file goes; fewer bytes than asked mean its end.
  virtual Result<std::size_t> read(std::span<std::uint8_t> to) = 0;
};

// Thread-safe. Errors carry codes: not_found, permission_denied, not_a_folder, not_a_file,
// io_error, disk_full; of writing, those that say that the device is at fault have Scope::run.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  // The regular files below `root`, links to files included, linked folders not entered, a
  // folder's files before its folders, both sorted bytewise; of more than 4,096 files each 4,096
  // that the file system gives, for no more names are held at once (but those of the folders that
  // are still to be entered). What is named `.imagemill*` is this program's own and left out, and
  // so is everything below `exclude`.
  virtual Result<std::unique_ptr<Cursor>> walk(const std::filesystem::path& root,
                                               const std::filesystem::path& exclude) const = 0;
  // Never blocks on what is not a regular file.
  virtual Result<std::unique_ptr<InputFile>> open(const std::filesystem::path& path) const = 0;

  // Makes `folder` and its parents, and proves that a file can be written there.
  virtual Result<void> prepare_output(const std::filesystem::path& folder) const = 0;
  // Makes `path` hold exactly `bytes`, whole or not at all: a temporary file beside it, renamed.
  // Makes missing folders. A link at `path` is replaced, not followed.
  virtual Result<void> replace(const std::filesystem::path& path,
                               std::span<const std::uint8_t> bytes,
                               Durability durability) const = 0;

  static FileSystem& real();
};

// Reads a whole file. Fails if it changes its size meanwhile (truncated).
Result<std::vector<std::uint8_t>> read_file(const FileSystem& files,
                                            const std::filesystem::path& path);

}  // namespace imagemill
