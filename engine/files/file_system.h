// The file system as the nodes see it: one seam for real files, slow ones and failing ones.
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
  // When it was opened.
  virtual FileStamp stamp() const = 0;
  // Whether it is another one now.
  virtual bool has_changed() const = 0;
  // Fills `to` as far as the file goes; fewer bytes than asked mean its end.
  virtual Result<std::size_t> read(std::span<std::uint8_t> to) = 0;
  // Passes over that many bytes, or to the end. Default: reads them.
  virtual Result<void> skip(std::uint64_t bytes);

  std::uint64_t size() const { return stamp().bytes; }
};

// What outputs are written on. Not thread-safe.
class Disk {
 public:
  virtual ~Disk() = default;
  // Waits until all that was written is on it. Where writing has failed since it was opened, or the
  // last time that this was called: an error.
  virtual Result<void> sync() = 0;
};

// Thread-safe. Errors carry codes: not_found, permission_denied, not_a_folder, not_a_file,
// io_error, disk_full; of writing, those that say that the device is at fault have Scope::run.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  // What lies below `root` and is no folder, nor a link to one: files, links to files, and what can
  // only fail to be opened, such as pipes and links to nothing. A folder's files before its
  // folders, both sorted bytewise; of more than 4,096 files each 4,096 that the file system gives,
  // for no more names are held at once (but those of the folders that are still to be entered).
  // What is named `.imagemill*` is this program's own and left out, and so is everything below
  // `exclude`. Ends early once `stop` is requested.
  virtual Result<std::unique_ptr<Cursor>> walk(const std::filesystem::path& root,
                                               const std::filesystem::path& exclude,
                                               const std::stop_token& stop = {}) const = 0;
  // Never blocks on what is not a regular file.
  virtual Result<std::unique_ptr<InputFile>> open(const std::filesystem::path& path) const = 0;
  // Of a regular file, or what a link leads to.
  virtual Result<FileStamp> stamp(const std::filesystem::path& path) const = 0;

  // Makes `folder` and its parents, and proves that a file can be written there.
  virtual Result<void> prepare_output(const std::filesystem::path& folder) const = 0;
  // Which names in `folder` are one: tried out with a temporary file in it. Names are taken for
  // their bytes where none can be made. What is mounted below it, or set for a single folder in it
  // (chattr +F), is not looked at.
  virtual NameFolding folding(const std::filesystem::path& folder) const = 0;
  // Makes the file at `path` below `root` hold exactly `bytes`, whole or not at all: a temporary
  // file beside it, renamed. Makes missing folders. A link at its place is replaced, and a linked
  // folder on the way to it is an error (outside_output): what is written is below `root`, whatever
  // anybody does there meanwhile. Requires: `path` is relative, without "..".
  virtual Result<FileStamp> replace(const std::filesystem::path& root,
                                    const std::filesystem::path& path,
                                    std::span<const std::uint8_t> bytes,
                                    Durability durability) const = 0;
  // The same with all that `from` gives, of which it holds a piece at a time; an error of `from` is
  // passed on, and leaves nothing.
  virtual Result<FileStamp> replace_from(const ReadSome& from, const std::filesystem::path& root,
                                         const std::filesystem::path& path) const = 0;
  // The same way; that there is none is no error.
  virtual Result<void> remove(const std::filesystem::path& root,
                              const std::filesystem::path& path) const = 0;
  // Of an output that was written so. Links are not followed.
  virtual Result<FileStamp> stamp_below(const std::filesystem::path& root,
                                        const std::filesystem::path& path) const = 0;
  // That of `folder`.
  virtual Result<std::unique_ptr<Disk>> disk(const std::filesystem::path& folder) const = 0;

  static FileSystem& real();
};

// Reads a whole file. Fails if it changes its size meanwhile (truncated), and once `stop` is
// requested (interrupted).
Result<std::vector<std::uint8_t>> read_file(const FileSystem& files,
                                            const std::filesystem::path& path,
                                            const std::stop_token& stop = {});

// The fingerprint of a whole file, of which it holds a piece at a time. Fails once `stop` is
// requested (interrupted).
Result<Fingerprint> fingerprint_of(const FileSystem& files, const std::filesystem::path& path,
                                   const std::stop_token& stop = {});

}  // namespace imagemill
