// File systems for tests: one in memory, and one that fails where it is told to.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/files/file_system.h"

namespace imagemill::testing {

// Folding of a path as file systems do it before a look-up, for the letters that tests use.
inline std::string with_all(std::string path, const std::string& of, const std::string& by) {
  for (std::size_t at = 0; (at = path.find(of, at)) != std::string::npos; at += by.size()) {
    path.replace(at, of.size(), by);
  }
  return path;
}
inline std::string without_case(const std::string& path) {
  std::string lower = with_all(path, "É", "é");
  for (char& c : lower) c = 'A' <= c && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower;
}
inline std::string without_form(const std::string& path) {
  return with_all(with_all(path, "e\u0301", "é"), "E\u0301", "É");
}
inline std::string without_both(const std::string& path) {
  return without_case(without_form(path));
}

// Files by path, all in memory. Folders are as real as the files in them.
class MemoryFileSystem : public FileSystem {
 public:
  // One of those above; where it is not set, a path is its bytes.
  std::function<std::string(const std::string&)> fold;

  void put(const std::filesystem::path& path, std::string bytes) {
    const std::lock_guard lock(mutex_);
    store(path.string(), std::move(bytes));
  }
  // Contents of a file; nullopt if it does not exist.
  std::optional<std::string> get(const std::filesystem::path& path) const {
    const std::lock_guard lock(mutex_);
    const auto found = files_.find(stored(path.string()));
    if (found == files_.end()) return {};
    return found->second;
  }
  std::map<std::string, std::string> files() const {
    const std::lock_guard lock(mutex_);
    return files_;
  }
  // How often replace() has written, over all paths.
  std::uint64_t replaced() const {
    const std::lock_guard lock(mutex_);
    return replaced_;
  }

  void clear_files() {
    const std::lock_guard lock(mutex_);
    files_.clear();
    replaced_ = 0;
  }

  Result<std::unique_ptr<Cursor>> walk(const std::filesystem::path& root,
                                       const std::filesystem::path& exclude,
                                       const std::stop_token& /*stop*/) const override {
    const std::lock_guard lock(mutex_);
    std::vector<Entry> entries;
    for (const auto& [path, bytes] : files_) {
      const bool excluded = !exclude.empty() && path.starts_with(exclude.string() + "/");
      if (path.starts_with(root.string() + "/") && !excluded) {
        entries.push_back({.key = path.substr(root.string().size() + 1)});
      }
    }
    return cursor_of(std::move(entries));
  }
  Result<std::unique_ptr<InputFile>> open(const std::filesystem::path& path) const override {
    auto bytes = get(path);
    if (!bytes) return failure("not_found", "cannot open: No such file or directory");
    return std::make_unique<File>(*this, path, std::move(*bytes));
  }
  Result<FileStamp> stamp(const std::filesystem::path& path) const override {
    const std::lock_guard lock(mutex_);
    const auto found = files_.find(stored(path.string()));
    if (found == files_.end()) return failure("not_found", "No such file or directory");
    return FileStamp{found->second.size(), modified_.at(found->first)};
  }
  Result<void> prepare_output(const std::filesystem::path&) const override { return {}; }
  NameFolding folding(const std::filesystem::path&) const override {
    if (!fold) return {};
    return {.ignores_case = fold("a") == fold("A"), .ignores_form = fold("é") == fold("e\u0301")};
  }
  Result<FileStamp> replace(const std::filesystem::path& root, const std::filesystem::path& path,
                            std::span<const std::uint8_t> bytes, Durability) const override {
    const std::lock_guard lock(mutex_);
    store((root / path).string(), {bytes.begin(), bytes.end()});
    ++replaced_;
    return FileStamp{bytes.size(), changes_};
  }
  Result<FileStamp> replace_from(const ReadSome& from, const std::filesystem::path& root,
                                 const std::filesystem::path& path) const override {
    std::vector<std::uint8_t> whole;
    std::array<std::uint8_t, 4096> piece{};
    while (true) {
      auto read = from(piece);
      if (!read) return tl::make_unexpected(std::move(read.error()));
      if (*read == 0) return replace(root, path, whole, Durability::none);
      whole.insert(whole.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(*read));
    }
  }
  Result<void> remove(const std::filesystem::path& root,
                      const std::filesystem::path& path) const override {
    const std::lock_guard lock(mutex_);
    files_.erase(stored((root / path).string()));
    return {};
  }
  Result<FileStamp> stamp_below(const std::filesystem::path& root,
                                const std::filesystem::path& path) const override {
    return stamp(root / path);
  }
  Result<std::unique_ptr<Disk>> disk(const std::filesystem::path&) const override {
    return std::make_unique<Memory>();
  }

 private:
  struct Memory : public Disk {
    Result<void> sync() override { return {}; }
  };

  class File : public InputFile {
   public:
    File(const MemoryFileSystem& owner, std::filesystem::path path, std::string bytes)
        : owner_(owner),
          path_(std::move(path)),
          bytes_(std::move(bytes)),
          stamp_(owner.stamp(path_).value_or(FileStamp())) {}
    FileStamp stamp() const override { return stamp_; }
    bool has_changed() const override { return owner_.stamp(path_) != stamp_; }
    Result<std::size_t> read(std::span<std::uint8_t> to) override {
      const std::size_t n = std::min(to.size(), bytes_.size() - at_);
      std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(at_), n, to.begin());
      at_ += n;
      return n;
    }

   private:
    const MemoryFileSystem& owner_;
    std::filesystem::path path_;
    std::string bytes_;
    FileStamp stamp_;
    std::size_t at_ = 0;
  };

  // Stored spelling of the file that `path` finds; `path` itself if there is none.
  std::string stored(const std::string& path) const {
    if (!fold) return path;
    for (const auto& file : files_) {
      if (fold(file.first) == fold(path)) return file.first;
    }
    return path;
  }
  // Stores a file; like a renamed file it gets the new spelling.
  void store(const std::string& path, std::string bytes) const {
    files_.erase(stored(path));
    files_[path] = std::move(bytes);
    modified_[path] = ++changes_;
  }

  mutable std::mutex mutex_;
  mutable std::map<std::string, std::string> files_;
  mutable std::map<std::string, std::int64_t> modified_;  // by path: which change it was
  mutable std::int64_t changes_ = 0;
  mutable std::uint64_t replaced_ = 0;
};

// Passes everything on to another file system, but first asks a function of the test, which may
// return an error (or wait: a slow device). A function that is not set lets all pass. They are
// called from many threads.
class FaultyFileSystem : public FileSystem {
 public:
  using Fault = std::function<std::optional<Error>(const std::filesystem::path&)>;

  explicit FaultyFileSystem(FileSystem& base = FileSystem::real()) : base_(base) {}

  Fault on_list, on_open, on_read, on_prepare, on_replace, on_sync;
  // Folding that the file system claims, in place of the true one.
  std::optional<NameFolding> claimed_folding = {};
  // Bytes after which a file breaks off when it is read, whatever its size says.
  std::function<std::optional<std::uint64_t>(const std::filesystem::path&)> cut;

  Result<std::unique_ptr<Cursor>> walk(const std::filesystem::path& root,
                                       const std::filesystem::path& exclude,
                                       const std::stop_token& stop) const override {
    if (auto error = ask(on_list, root)) return tl::make_unexpected(std::move(*error));
    return base_.walk(root, exclude, stop);
  }
  Result<std::unique_ptr<InputFile>> open(const std::filesystem::path& path) const override {
    if (auto error = ask(on_open, path)) return tl::make_unexpected(std::move(*error));
    auto file = base_.open(path);
    if (!file) return file;
    return std::make_unique<File>(*this, path, std::move(*file));
  }
  Result<void> prepare_output(const std::filesystem::path& folder) const override {
    if (auto error = ask(on_prepare, folder)) return tl::make_unexpected(std::move(*error));
    return base_.prepare_output(folder);
  }
  NameFolding folding(const std::filesystem::path& folder) const override {
    return claimed_folding ? *claimed_folding : base_.folding(folder);
  }
  Result<FileStamp> stamp(const std::filesystem::path& path) const override {
    return base_.stamp(path);
  }
  Result<FileStamp> replace(const std::filesystem::path& root, const std::filesystem::path& path,
                            std::span<const std::uint8_t> bytes,
                            Durability durability) const override {
    if (auto error = ask(on_replace, root / path)) return tl::make_unexpected(std::move(*error));
    return base_.replace(root, path, bytes, durability);
  }
  Result<FileStamp> replace_from(const ReadSome& from, const std::filesystem::path& root,
                                 const std::filesystem::path& path) const override {
    if (auto error = ask(on_replace, root / path)) return tl::make_unexpected(std::move(*error));
    return base_.replace_from(from, root, path);
  }
  Result<void> remove(const std::filesystem::path& root,
                      const std::filesystem::path& path) const override {
    return base_.remove(root, path);
  }
  Result<FileStamp> stamp_below(const std::filesystem::path& root,
                                const std::filesystem::path& path) const override {
    return base_.stamp_below(root, path);
  }
  Result<std::unique_ptr<Disk>> disk(const std::filesystem::path& folder) const override {
    auto base = base_.disk(folder);
    if (!base) return base;
    return std::make_unique<FaultyDisk>(*this, folder, std::move(*base));
  }

 private:
  class FaultyDisk : public Disk {
   public:
    FaultyDisk(const FaultyFileSystem& owner, std::filesystem::path folder,
               std::unique_ptr<Disk> disk)
        : owner_(owner), folder_(std::move(folder)), disk_(std::move(disk)) {}
    Result<void> sync() override {
      if (auto error = ask(owner_.on_sync, folder_)) return tl::make_unexpected(std::move(*error));
      return disk_->sync();
    }

   private:
    const FaultyFileSystem& owner_;
    std::filesystem::path folder_;
    std::unique_ptr<Disk> disk_;
  };

  class File : public InputFile {
   public:
    File(const FaultyFileSystem& owner, std::filesystem::path path, std::unique_ptr<InputFile> file)
        : owner_(owner), path_(std::move(path)), file_(std::move(file)) {
      if (owner_.cut) left_ = owner_.cut(path_);
    }
    FileStamp stamp() const override { return file_->stamp(); }
    bool has_changed() const override { return file_->has_changed(); }
    Result<std::size_t> read(std::span<std::uint8_t> to) override {
      if (auto error = ask(owner_.on_read, path_)) return tl::make_unexpected(std::move(*error));
      if (left_)
        to = to.first(static_cast<std::size_t>(std::min<std::uint64_t>(to.size(), *left_)));
      auto read = file_->read(to);
      if (read && left_) *left_ -= *read;
      return read;
    }

   private:
    const FaultyFileSystem& owner_;
    std::filesystem::path path_;
    std::unique_ptr<InputFile> file_;
    std::optional<std::uint64_t> left_;
  };

  static std::optional<Error> ask(const Fault& fault, const std::filesystem::path& path) {
    return fault ? fault(path) : std::nullopt;
  }

  FileSystem& base_;
};

}  // namespace imagemill::testing
