// The file system as nodes see it: one interface for real, slow and failing files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/hash.h"
#include "engine/base/result.h"
#include "engine/files/entry_cursor.h"
#include "engine/files/file_types.h"
#include "engine/files/name_folding.h"

namespace imagemill {

// An open input file, read from its start. Not thread-safe.
class InputFile {
 public:
  virtual ~InputFile() = default;
  // Size and modification time when the file was opened.
  virtual FileStamp stamp() const = 0;
  // True if the size or modification time differs by now.
  virtual bool has_changed() const = 0;
  // Fills `to` and returns the number of bytes. Fewer bytes than asked mean the end of the file.
  virtual Result<std::size_t> read(std::span<std::uint8_t> to) = 0;
  // Skips `bytes` bytes, or stops at the end. Default: reads them.
  virtual Result<void> skip(std::uint64_t bytes);

  std::uint64_t size() const { return stamp().bytes; }
};

// The disk that holds an output folder. Not thread-safe.
class Disk {
 public:
  virtual ~Disk() = default;
  // Waits until everything written is on the disk. An error if a write has failed since the last
  // call, or since the disk was opened.
  virtual Result<void> sync() = 0;
};

// Reads inputs and writes outputs. Thread-safe. Error codes: not_found, permission_denied,
// not_a_folder, not_a_file, io_error, disk_full. A write error has Scope::run if the device is at
// fault.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  // Lists what lies below `root`, except folders and links to folders: files, links to files, and
  // what can only fail to open, such as pipes and broken links. Leaves out everything below
  // `exclude`, and this program's own names (`.imagemill*`). Ends early once `stop` is requested.
  //
  // The order: a folder's files before its folders, both sorted bytewise. A folder with more than
  // 4,096 files is sorted in batches of 4,096, in the order of the file system. So memory holds one
  // batch, and the names of the folders still to be entered.
  virtual Result<std::unique_ptr<Cursor>> walk(const std::filesystem::path& root,
                                               const std::filesystem::path& exclude,
                                               const std::stop_token& stop = {}) const = 0;
  // Opens a regular file. Anything else is an error (not_a_file), and never blocks.
  virtual Result<std::unique_ptr<InputFile>> open(const std::filesystem::path& path) const = 0;
  // Size and modification time of a regular file; links are followed.
  virtual Result<FileStamp> stamp(const std::filesystem::path& path) const = 0;

  // Makes `folder` and its parents, and proves that a file can be written there.
  virtual Result<void> prepare_output(const std::filesystem::path& folder) const = 0;
  // Which spellings of a name are one file in `folder`, tried out with a temporary file. If no
  // temporary file can be made, names are their bytes. Ignores what is mounted below `folder`, or
  // set for a single folder in it (chattr +F).
  virtual NameFolding folding(const std::filesystem::path& folder) const = 0;
  // Writes exactly `bytes` to the file at `path` below `root`, whole or not at all: writes a
  // temporary file beside it and renames that. Makes missing folders. Replaces a link at `path`. A
  // linked folder on the way is an error (outside_output): nobody can divert the output out of
  // `root`. Requires: `path` is relative, without "..".
  virtual Result<FileStamp> replace(const std::filesystem::path& root,
                                    const std::filesystem::path& path,
                                    std::span<const std::uint8_t> bytes,
                                    Durability durability) const = 0;
  // As replace(), with all that `from` gives; holds one piece at a time. An error of `from` is
  // returned, and no file is left.
  virtual Result<FileStamp> replace_from(const ReadSome& from, const std::filesystem::path& root,
                                         const std::filesystem::path& path) const = 0;
  // Removes the file at `path` below `root`, with the same rule for links. A missing file is no
  // error.
  virtual Result<void> remove(const std::filesystem::path& root,
                              const std::filesystem::path& path) const = 0;
  // Size and modification time of an output below `root`. Links are not followed.
  virtual Result<FileStamp> stamp_below(const std::filesystem::path& root,
                                        const std::filesystem::path& path) const = 0;
  // The disk that holds `folder`.
  virtual Result<std::unique_ptr<Disk>> disk(const std::filesystem::path& folder) const = 0;

  // This machine's file system.
  static FileSystem& real();
};

// Reads a whole file. Fails if the file shrinks meanwhile (truncated), or once `stop` is requested
// (interrupted).
Result<std::vector<std::uint8_t>> read_file(const FileSystem& files,
                                            const std::filesystem::path& path,
                                            const std::stop_token& stop = {});

// Fingerprint of a whole file; holds one piece at a time. Fails once `stop` is requested
// (interrupted).
Result<Fingerprint> fingerprint_of(const FileSystem& files, const std::filesystem::path& path,
                                   const std::stop_token& stop = {});

}  // namespace imagemill
