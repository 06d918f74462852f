// Real files: listing and reading.
#include "engine/files/file_system.h"

#include <algorithm>
#include <set>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/files/temporary_names.h"
#include "tests/support/catch.h"
#include "tests/support/faulty_file_system.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/watchdog.h"

namespace imagemill::testing {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

// All entries, sorted; `unreadable` are those with an error.
Names list(const fs::path& root, const fs::path& exclude = {},
           std::vector<Entry>* unreadable = nullptr) {
  const auto walk = FileSystem::real().walk(root, exclude);
  REQUIRE(walk.has_value());
  Names names;
  for (Entry& entry : sorted(**walk)) {
    if (!entry.error) {
      names.push_back(entry.key);
    } else if (unreadable != nullptr) {
      unreadable->push_back(std::move(entry));
    } else {
      FAIL("cannot be listed: " << entry.key);
    }
  }
  return names;
}
Names list(const TemporaryFolder& folder, const fs::path& exclude = {}) {
  return list(folder.path(), exclude);
}

TEST_CASE("A listing has every file below the folder, sorted bytewise", "[engine]") {
  const TemporaryFolder folder;
  for (const char* name :
       {"b.jpg", "a/x.jpg", "a.jpg", "a/b/c/deep.png", "B.jpg", "ü.jpg", "a-b.jpg", ".hidden"}) {
    folder.write(name, "x");
  }
  fs::create_directories(folder / "empty/inside");
  CHECK(list(folder) == Names{".hidden", "B.jpg", "a-b.jpg", "a.jpg", "a/b/c/deep.png", "a/x.jpg",
                              "b.jpg", "ü.jpg"});
}

// The keys as they come.
Names walked(const fs::path& root) {
  const auto walk = FileSystem::real().walk(root, {});
  REQUIRE(walk.has_value());
  Names names;
  while (const auto entry = (*walk)->next()) {
    CHECK_FALSE(entry->error);
    names.push_back(entry->key);
  }
  CHECK_FALSE((*walk)->next());
  return names;
}

TEST_CASE("A folder's files come before its folders, both sorted", "[engine]") {
  const TemporaryFolder folder;
  for (const char* name : {"b.jpg", "a/x.jpg", "a.jpg", "a/b/deep.png", "a/c/also.png", "a/y.jpg",
                           "B/z.jpg", "a-b/w.jpg", "c.jpg"}) {
    folder.write(name, "x");
  }
  CHECK(walked(folder.path()) == Names{"a.jpg", "b.jpg", "c.jpg", "B/z.jpg", "a-b/w.jpg", "a/x.jpg",
                                       "a/y.jpg", "a/b/deep.png", "a/c/also.png"});
}

TEST_CASE("A large folder is listed in sorted batches, each file once", "[engine]") {
  constexpr int kFiles = 9000;
  constexpr int kBatch = 4096;
  const TemporaryFolder folder;
  folder.write("large/0000.jpg", "x");
  for (int i = 1; i < kFiles; ++i) {
    const std::string name = std::to_string(10'000 + i).substr(1) + ".jpg";
    fs::create_hard_link(folder / "large/0000.jpg", folder / "large" / name);
  }
  folder.write("large/inner/last.jpg", "x");
  folder.write("first.jpg", "x");
  const Names names = walked(folder.path());
  REQUIRE(names.size() == kFiles + 2);
  CHECK(names.front() == "first.jpg");
  CHECK(names.back() == "large/inner/last.jpg");
  const auto begin = names.begin() + 1;
  for (int at = 0; at < kFiles; at += kBatch) {
    CHECK(std::is_sorted(begin + at, begin + std::min(at + kBatch, kFiles)));
  }
  CHECK(std::set<std::string>(names.begin(), names.end()).size() == names.size());
}

TEST_CASE("A listing follows links to files and enters no linked folder", "[engine]") {
  const TemporaryFolder folder;
  const TemporaryFolder elsewhere;
  elsewhere.write("far.jpg", "x");
  folder.write("a/near.jpg", "x");
  fs::create_symlink(elsewhere / "far.jpg", folder / "link.jpg");
  fs::create_directory_symlink(elsewhere.path(), folder / "linked");
  fs::create_directory_symlink(folder.path(), folder / "a/loop");
  fs::create_symlink(folder / "nothing", folder / "dangling.jpg");
  CHECK(list(folder) == Names{"a/near.jpg", "dangling.jpg", "link.jpg"});
}

TEST_CASE("A listing has what is no file, too, and nobody waits for it", "[engine]") {
  const TemporaryFolder folder;
  folder.write("a.jpg", "x");
  REQUIRE(::mkfifo((folder / "pipe.jpg").c_str(), 0600) == 0);
  CHECK(list(folder) == Names{"a.jpg", "pipe.jpg"});
  const auto opened = FileSystem::real().open(folder / "pipe.jpg");
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == "not_a_file");
}

TEST_CASE("An output is looked at without following links", "[engine]") {
  const TemporaryFolder folder;
  folder.write("elsewhere/a", "x");
  folder.write("out/b/c", "xy");
  fs::create_directory_symlink(folder / "elsewhere", folder / "out/linked");
  fs::create_symlink(folder / "elsewhere/a", folder / "out/a");
  const FileSystem& files = FileSystem::real();
  CHECK(files.stamp_below(folder / "out", "b/c")->bytes == 2);
  CHECK_FALSE(files.stamp_below(folder / "out", "linked/a"));
  CHECK_FALSE(files.stamp_below(folder / "out", "a"));
  CHECK_FALSE(files.stamp_below(folder / "out", "none/a"));
}

TEST_CASE("What is copied piece by piece is there whole or not at all", "[engine]") {
  const TemporaryFolder folder;
  folder.write("out/a", "before");
  const FileSystem& files = FileSystem::real();
  const std::string whole(3'000'000, 'x');
  std::size_t at = 0;
  std::size_t breaks_at = 2'000'000;
  const auto next = [&](std::span<std::uint8_t> to) -> Result<std::size_t> {
    if (at >= breaks_at) return failure("io_error", "no more");
    const std::size_t n = std::min(to.size(), whole.size() - at);
    std::copy_n(whole.begin() + static_cast<std::ptrdiff_t>(at), n, to.begin());
    at += n;
    return n;
  };
  const auto broken = files.replace_from(next, folder / "out", "a");
  REQUIRE_FALSE(broken);
  CHECK(broken.error().message == "no more");
  CHECK(folder.read("out/a") == "before");
  CHECK(list(folder) == Names{"out/a"});
  at = 0;
  breaks_at = whole.size() + 1;
  CHECK(files.replace_from(next, folder / "out", "a")->bytes == whole.size());
  CHECK(folder.read("out/a") == whole);
}

TEST_CASE("A listing leaves out this program's own names and what is excluded", "[engine]") {
  const TemporaryFolder folder;
  for (const char* name :
       {"a.jpg", ".imagemill/journal", "b/.imagemill-12-0.tmp", "b/.imagemill/x.jpg", "b/c.jpg",
        "out/a.jpg", "out/deep/b.jpg", "outside/c.jpg", "b/out/d.jpg"}) {
    folder.write(name, "x");
  }
  const Names expected = {"a.jpg", "b/c.jpg", "b/out/d.jpg", "outside/c.jpg"};
  CHECK(list(folder, folder / "out") == expected);
  CHECK(list(folder, folder / "out/") == expected);
  CHECK(list(folder, folder / "b/../out") == expected);
  CHECK(list(folder, folder / "missing").size() == 6);
  CHECK(list(folder).size() == 6);
  // However the folders are called.
  const TemporaryFolder links;
  fs::create_directory_symlink(folder.path(), links / "in");
  CHECK(list(links / "in", folder / "out") == expected);
}

// Makes folders of 250 letters within each other until their path is longer than the system takes.
int make_deep(const fs::path& root, int levels) {
  const std::string name(250, 'd');
  int at = ::open(root.c_str(), O_RDONLY | O_DIRECTORY);
  for (int i = 0; i < levels && at >= 0; ++i) {
    const int made = ::mkdirat(at, name.c_str(), 0700);
    const int next = made == 0 ? ::openat(at, name.c_str(), O_RDONLY | O_DIRECTORY) : -1;
    ::close(at);
    at = next;
  }
  return at;
}
void remove_deep(const fs::path& root, int levels) {
  const std::string name(250, 'd');
  for (; levels > 0; --levels) {
    int at = ::open(root.c_str(), O_RDONLY | O_DIRECTORY);
    for (int i = 1; i < levels && at >= 0; ++i) {
      const int next = ::openat(at, name.c_str(), O_RDONLY | O_DIRECTORY);
      ::close(at);
      at = next;
    }
    ::unlinkat(at, name.c_str(), AT_REMOVEDIR);
    ::close(at);
  }
}

TEST_CASE("A folder that cannot be read is reported, and the rest is listed", "[engine]") {
  // Too long a path stops root as well, unlike a folder's permissions.
  const TemporaryFolder folder;
  folder.write("a.jpg", "x");
  folder.write("z/b.jpg", "x");
  const int deepest = make_deep(folder.path(), 17);
  REQUIRE(deepest >= 0);
  ::close(deepest);
  std::vector<Entry> unreadable;
  const Names names = list(folder.path(), {}, &unreadable);
  remove_deep(folder.path(), 17);
  CHECK(names == Names{"a.jpg", "z/b.jpg"});
  REQUIRE(unreadable.size() == 1);
  const Error& error = *unreadable.front().error;
  const std::string& folder_name = unreadable.front().key;
  CHECK(error.code == "io_error");
  CHECK(error.message == "cannot list this folder: File name too long");
  CHECK(folder_name.find(std::string(250, 'd') + "/" + std::string(250, 'd')) == 0);
  CHECK(folder_name.back() == 'd');
}

TEST_CASE("Where dead processes' files cannot be looked for, that is said", "[engine]") {
  const TemporaryFolder folder;
  struct rlimit open_files {};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &open_files) == 0);
  const struct rlimit none { 0, open_files.rlim_max };
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  const Swept unlisted = remove_stale_temporaries(folder.path(), {});
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &open_files) == 0);
  CHECK_FALSE(unlisted.is_whole);
  CHECK(remove_stale_temporaries(folder.path(), {}).is_whole);
  CHECK(remove_stale_temporaries(folder / "gone", {}).is_whole);
}

TEST_CASE("A root that is no folder cannot be listed", "[engine]") {
  const TemporaryFolder folder;
  const auto missing = FileSystem::real().walk(folder / "missing", {});
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().code == "not_found");
  CHECK(missing.error().message == "cannot list the folder '" + (folder / "missing").string() +
                                       "': No such file or directory");
  folder.write("file", "x");
  const auto file = FileSystem::real().walk(folder / "file", {});
  REQUIRE_FALSE(file.has_value());
  CHECK(file.error().code == "not_a_folder");
}

TEST_CASE("A file is read from its start, in pieces, to its end", "[engine]") {
  const TemporaryFolder folder;
  const auto file = FileSystem::real().open(folder.write("a", "hello world"));
  REQUIRE(file.has_value());
  CHECK((*file)->size() == 11);
  std::vector<std::uint8_t> bytes(6);
  CHECK((*file)->read(bytes).value() == 6);
  CHECK(std::string(bytes.begin(), bytes.end()) == "hello ");
  CHECK((*file)->read(bytes).value() == 5);
  CHECK(std::string(bytes.begin(), bytes.begin() + 5) == "world");
  CHECK((*file)->read(bytes).value() == 0);
  CHECK((*file)->read({}).value() == 0);
}

TEST_CASE("What is not a regular file cannot be opened, and is not waited for", "[engine]") {
  const Watchdog watchdog("opening a pipe", std::chrono::seconds(20));
  const TemporaryFolder folder;
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  const auto pipe = FileSystem::real().open(folder / "pipe");
  REQUIRE_FALSE(pipe.has_value());
  CHECK(pipe.error().code == "not_a_file");
  CHECK(FileSystem::real().open(folder.path()).error().code == "not_a_file");
  CHECK(FileSystem::real().open("/dev/zero").error().code == "not_a_file");
  const auto missing = FileSystem::real().open(folder / "missing");
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().code == "not_found");
  CHECK(missing.error().message == "cannot open: No such file or directory");
  CHECK(missing.error().scope == Scope::item);
  folder.write("file", "x");
  CHECK(FileSystem::real().open(folder / "file/below").error().code == "not_a_folder");
}

TEST_CASE("read_file reads the whole file, the empty one too, or says why not", "[engine]") {
  const TemporaryFolder folder;
  const std::string large(1 << 20, 'x');
  CHECK(read_file(FileSystem::real(), folder.write("large", large)).value().size() == large.size());
  CHECK(read_file(FileSystem::real(), folder.write("empty", "")).value().empty());
  CHECK(read_file(FileSystem::real(), folder / "missing").error().code == "not_found");

  FaultyFileSystem faulty;
  faulty.cut = [](const fs::path&) { return std::optional<std::uint64_t>(100); };
  const auto cut = read_file(faulty, folder / "large");
  REQUIRE_FALSE(cut.has_value());
  CHECK(cut.error().code == "truncated");
  faulty.on_read = [](const fs::path&) {
    return std::optional<Error>(Error("io_error", "bad sector"));
  };
  CHECK(read_file(faulty, folder / "large").error().code == "io_error");
}

}  // namespace
}  // namespace imagemill::testing
