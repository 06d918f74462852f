#include "engine/files/output_file.h"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "engine/files/atomic_file.h"
#include "engine/files/posix.h"

namespace imagemill {
namespace {

namespace fs = std::filesystem;

// Why a folder could not be entered: an errno, and which step failed.
struct Refusal {
  int error = 0;
  enum class At { root, folder, link } at = At::folder;
  std::string name = {};
};

tl::unexpected<Error> refused(const std::string& what, const Refusal& refusal) {
  switch (refusal.at) {
    case Refusal::At::root:
      // Without the root, no other output can be written either.
      return system_failure(what, refusal.error, Scope::run);
    case Refusal::At::link:
      return failure("outside_output",
                     what + ": '" + refusal.name + "' is a link, and could lead anywhere");
    case Refusal::At::folder:
      break;
  }
  return write_failure(what, refusal.error);
}

enum class Missing { is_made, is_error };

// An open folder. Folders below it are entered one step at a time, so no link that somebody puts
// there is ever followed.
class Folder {
 public:
  static tl::expected<Folder, Refusal> root(const fs::path& path, Durability durability) {
    Folder folder(durability);
    folder.fd_ = Descriptor(::open(path.c_str(), folder.flags()));
    if (!folder.fd_.is_open()) return tl::make_unexpected(Refusal{errno, Refusal::At::root});
    return folder;
  }

  // Moves into the folder `name` in this one.
  std::optional<Refusal> enter(const std::string& name, Missing missing) {
    Descriptor inner(::openat(fd_.get(), name.c_str(), flags() | O_NOFOLLOW));
    if (!inner.is_open() && errno == ENOENT && missing == Missing::is_made) {
      if (const int failed = make(name)) return Refusal{failed};
      inner = Descriptor(::openat(fd_.get(), name.c_str(), flags() | O_NOFOLLOW));
    }
    if (!inner.is_open()) {
      const int failed = errno;
      return Refusal{failed, is_link(name) ? Refusal::At::link : Refusal::At::folder, name};
    }
    fd_ = std::move(inner);
    return {};
  }

  int get() const { return fd_.get(); }
  // Writes to disk the names that were last made in this folder. Returns an errno, 0 on success.
  int sync() const { return ::fsync(fd_.get()) == 0 ? 0 : errno; }

 private:
  explicit Folder(Durability durability) : syncs_(durability == Durability::file) {}

  // O_PATH needs no permission to list the folder, but such a descriptor cannot be synced.
  int flags() const { return (syncs_ ? O_RDONLY : O_PATH) | O_DIRECTORY | O_CLOEXEC; }

  int make(const std::string& name) const {
    if (::mkdirat(fd_.get(), name.c_str(), 0777) != 0) return errno == EEXIST ? 0 : errno;
    return syncs_ ? sync() : 0;
  }

  bool is_link(const std::string& name) const {
    struct stat status {};
    return ::fstatat(fd_.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISLNK(status.st_mode);
  }

  bool syncs_;
  Descriptor fd_;
};

tl::expected<Folder, Refusal> folder_of(const fs::path& root, const fs::path& path,
                                        Durability durability, Missing missing) {
  auto folder = Folder::root(root, durability);
  if (!folder) return folder;
  for (const fs::path& name : path.parent_path()) {
    if (auto refusal = folder->enter(name, missing))
      return tl::make_unexpected(std::move(*refusal));
  }
  return folder;
}

// Reads the stamp of the last name of `path`, in `folder`. Returns an errno; ELOOP for a link.
int look_at(const Folder& folder, const fs::path& path, FileStamp& stamp) {
  struct stat status {};
  if (::fstatat(folder.get(), path.filename().c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
    return errno;
  if (S_ISLNK(status.st_mode)) return ELOOP;
  stamp = stamp_of(status);
  return 0;
}

// Replaces the file at `path` in `folder`. `fill` writes into the temporary file and returns an
// errno.
template <class Fill>
int write_into(const Folder& folder, const fs::path& path, const Fill& fill, Durability durability,
               FileStamp& stamp) {
  const bool syncs = durability == Durability::file;
  auto file = AtomicFile::make_in(folder.get(), path.parent_path());
  if (!file) return file.error();
  int error = fill(*file);
  if (error == 0 && syncs) error = file->sync();
  if (error == 0) error = file->close();
  if (error == 0) error = file->rename_to(path.filename());
  if (error == 0 && syncs) error = folder.sync();
  if (error != 0) return error;
  // Read after the close: on a network file system, closing may set the modification time.
  return look_at(folder, path, stamp);
}

template <class Fill>
Result<FileStamp> replace_by(const Fill& fill, const fs::path& root, const fs::path& path,
                             Durability durability) {
  const std::string what = "cannot write '" + (root / path).string() + "'";
  const auto folder = folder_of(root, path, durability, Missing::is_made);
  if (!folder) return refused(what, folder.error());
  FileStamp stamp;
  if (const int error = write_into(*folder, root / path, fill, durability, stamp)) {
    return write_failure(what, error);
  }
  return stamp;
}

// "é" as one code point, and as two.
constexpr std::string_view kComposed = "\xC3\xA9";
constexpr std::string_view kDecomposed = "e\xCC\x81";

std::string decomposed(std::string name) {
  const auto at = name.find(kComposed);
  return at == std::string::npos ? name : name.replace(at, kComposed.size(), kDecomposed);
}

std::string in_upper_case(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return 'a' <= c && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return name;
}

}  // namespace

FileStamp stamp_of(const struct stat& status) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  return {static_cast<std::uint64_t>(status.st_size),
          status.st_mtim.tv_sec * kSecond + status.st_mtim.tv_nsec};
}

Result<void> probe_output(const fs::path& root) {
  const std::string what = "cannot write to the folder '" + root.string() + "'";
  const auto folder = Folder::root(root, Durability::none);
  if (!folder) return system_failure(what, folder.error().error);
  const auto probe = AtomicFile::make_in(folder->get(), root);
  if (!probe) return system_failure(what, probe.error());
  return {};
}

NameFolding folding_of_output(const fs::path& root) {
  const auto folder = Folder::root(root, Durability::none);
  if (!folder) return {};
  // On a file system with ASCII names only, the first probe cannot be made.
  for (const std::string_view mark : {kComposed, std::string_view()}) {
    const auto probe = AtomicFile::make_in(folder->get(), root, mark);
    if (!probe) continue;
    const std::string name = probe->name();
    const auto has = [&](const std::string& other) {
      struct stat status {};
      return other != name &&
             ::fstatat(folder->get(), other.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
    };
    return {.ignores_case = has(in_upper_case(name)), .ignores_form = has(decomposed(name))};
  }
  return {};
}

Result<FileStamp> replace_output(const fs::path& root, const fs::path& path,
                                 std::span<const std::uint8_t> bytes, Durability durability) {
  return replace_by([&](const AtomicFile& file) { return file.write(bytes.data(), bytes.size()); },
                    root, path, durability);
}

Result<FileStamp> replace_output_from(const ReadSome& from, const fs::path& root,
                                      const fs::path& path) {
  constexpr std::size_t kPiece = std::size_t{1} << 20;
  std::optional<Error> unread;
  const auto fill = [&](const AtomicFile& file) {
    std::vector<std::uint8_t> piece(kPiece);
    while (true) {
      auto read = from(piece);
      if (!read) {
        unread = std::move(read.error());
        return EIO;
      }
      if (*read == 0) return 0;
      if (const int error = file.write(piece.data(), *read)) return error;
    }
  };
  auto stamp = replace_by(fill, root, path, Durability::none);
  if (unread) return tl::make_unexpected(std::move(*unread));
  return stamp;
}

Result<void> remove_output(const fs::path& root, const fs::path& path) {
  const std::string what = "cannot remove '" + (root / path).string() + "'";
  const auto folder = folder_of(root, path, Durability::none, Missing::is_error);
  if (!folder && folder.error().error == ENOENT) return {};
  if (!folder) return refused(what, folder.error());
  if (::unlinkat(folder->get(), path.filename().c_str(), 0) != 0 && errno != ENOENT) {
    return write_failure(what, errno);
  }
  return {};
}

Result<FileStamp> stamp_output(const fs::path& root, const fs::path& path) {
  const std::string what = "cannot look at '" + (root / path).string() + "'";
  const auto folder = folder_of(root, path, Durability::none, Missing::is_error);
  if (!folder) return refused(what, folder.error());
  FileStamp stamp;
  if (const int error = look_at(*folder, path, stamp)) return system_failure(what, error);
  return stamp;
}

}  // namespace imagemill
