// Real files: outputs are written whole or not at all.
#include <atomic>
#include <cerrno>
#include <thread>

#include <sys/stat.h>
#include <unistd.h>

#include "engine/files/atomic_file.h"
#include "engine/files/file_system.h"
#include "engine/files/temporary_names.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/watchdog.h"

namespace imagemill::testing {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

Result<FileStamp> replace(const fs::path& root, const fs::path& path, std::string_view bytes,
                          Durability durability = Durability::none) {
  return FileSystem::real().replace(
      root, path, {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, durability);
}

TEST_CASE("A file is written, and written over, and nothing else is left", "[engine]") {
  for (const Durability durability : {Durability::none, Durability::batch, Durability::file}) {
    const TemporaryFolder folder;
    REQUIRE(replace(folder.path(), "a", "first, and longer", durability).has_value());
    CHECK(folder.read("a") == "first, and longer");
    REQUIRE(replace(folder.path(), "a", "second", durability).has_value());
    CHECK(folder.read("a") == "second");
    REQUIRE(replace(folder.path(), "a", "", durability).has_value());
    CHECK(folder.read("a").empty());
    CHECK(folder.files() == Names{"a"});
  }
}

TEST_CASE("Folders that are missing are made", "[engine]") {
  const TemporaryFolder folder;
  REQUIRE(replace(folder.path(), "x/y/z/a", "deep").has_value());
  CHECK(folder.read("x/y/z/a") == "deep");
  CHECK(folder.files() == Names{"x/y/z/a"});
}

TEST_CASE("A name of 255 bytes is written, and one of 256 is an error that leaves nothing",
          "[engine]") {
  const TemporaryFolder folder;
  const std::string name(255, 'n');
  REQUIRE(replace(folder.path(), name, "long").has_value());
  CHECK(folder.read(name) == "long");
  const auto longer = replace(folder.path(), (name + "n"), "longer");
  REQUIRE_FALSE(longer.has_value());
  CHECK(longer.error().code == "io_error");
  CHECK(longer.error().scope == Scope::item);
  CHECK(folder.files() == Names{name});
}

TEST_CASE("A folder in the place of the file is an error that leaves it alone", "[engine]") {
  const TemporaryFolder folder;
  folder.write("a/kept", "x");
  const auto written = replace(folder.path(), "a", "bytes");
  REQUIRE_FALSE(written.has_value());
  CHECK(written.error().code == "not_a_file");
  CHECK(written.error().message ==
        "cannot write '" + (folder / "a").string() + "': Is a directory");
  CHECK(written.error().scope == Scope::item);
  CHECK(folder.files() == Names{"a/kept"});
}

TEST_CASE("A file in the place of a folder is an error that leaves it alone", "[engine]") {
  const TemporaryFolder folder;
  folder.write("a", "kept");
  for (const char* path : {"a/b", "a/b/c"}) {
    const auto written = replace(folder.path(), path, "bytes");
    REQUIRE_FALSE(written.has_value());
    CHECK(written.error().code == "not_a_folder");
    CHECK(written.error().scope == Scope::item);
  }
  CHECK(folder.read("a") == "kept");
  CHECK(folder.files() == Names{"a"});
}

TEST_CASE("A link in the place of the file is replaced and not followed", "[engine]") {
  const TemporaryFolder folder;
  const TemporaryFolder elsewhere;
  elsewhere.write("original", "kept");
  fs::create_symlink(elsewhere / "original", folder / "a");
  fs::create_symlink(elsewhere / "nothing", folder / "b");
  REQUIRE(replace(folder.path(), "a", "new").has_value());
  REQUIRE(replace(folder.path(), "b", "new").has_value());
  CHECK_FALSE(fs::is_symlink(folder / "a"));
  CHECK_FALSE(fs::is_symlink(folder / "b"));
  CHECK(folder.read("a") == "new");
  CHECK(elsewhere.read("original") == "kept");
  CHECK(elsewhere.files() == Names{"original"});
}

TEST_CASE("Another name of the same file keeps the old bytes", "[engine]") {
  const TemporaryFolder folder;
  folder.write("a", "old");
  fs::create_hard_link(folder / "a", folder / "backup");
  REQUIRE(replace(folder.path(), "a", "new").has_value());
  CHECK(folder.read("backup") == "old");
}

TEST_CASE("A folder in which nothing can be made is an error", "[engine]") {
  const auto written = replace("/proc", "imagemill-test", "bytes");
  REQUIRE_FALSE(written.has_value());
  CHECK(written.error().message.find("cannot write '/proc/imagemill-test': ") == 0);
}

TEST_CASE(
    "A new file is never what somebody has put under its name, nor left when it gets no other",
    "[engine]") {
  const TemporaryFolder folder;
  folder.write("mine", "precious");
  // ".imagemill-HOST-PROCESS-BIRTH-NUMBER.tmp", of which the next number is one more.
  const std::string last = temporary_name();
  const std::size_t dash = last.rfind('-') + 1;
  const auto name_of = [&](int more) {
    return last.substr(0, dash) + std::to_string(std::stoi(last.substr(dash)) + more) + ".tmp";
  };
  fs::create_symlink("mine", folder / name_of(1));
  folder.write(name_of(2), "a rival's");
  {
    auto file = AtomicFile::make(folder.path());
    REQUIRE(file);
    CHECK(file->name() == name_of(3));
    CHECK(file->write("text", 4) == 0);
    CHECK(file->link_to("mine") == EEXIST);
    AtomicFile moved = std::move(*file);
    CHECK(moved.rename_to("named") == 0);
    const auto unnamed = AtomicFile::make(folder.path());
    CHECK(unnamed);
  }
  CHECK(folder.read("named") == "text");
  CHECK(folder.read("mine") == "precious");
  CHECK(folder.read(name_of(2)) == "a rival's");
  CHECK(folder.files().size() == 4);
  CHECK(AtomicFile::make(folder / "missing").error() == ENOENT);
}

TEST_CASE("A reader sees the old file or the new one, never a part", "[engine]") {
  const Watchdog watchdog("a reader beside writers");
  const TemporaryFolder folder;
  const std::string a(200'000, 'a');
  const std::string b(300'000, 'b');
  REQUIRE(replace(folder.path(), "file", a).has_value());
  std::atomic<bool> failed = false;
  std::atomic<int> running = 2;
  std::vector<std::jthread> writers;
  for (const std::string* bytes : {&a, &b}) {
    writers.emplace_back([&, bytes] {
      for (int i = 0; i < 50; ++i) {
        if (!replace(folder.path(), "file", *bytes)) failed = true;
      }
      --running;
    });
  }
  int parts = 0;
  while (running > 0) {
    const auto read = read_file(FileSystem::real(), folder / "file");
    if (!read) {
      failed = true;
      continue;
    }
    const std::string text(read->begin(), read->end());
    if (text != a && text != b) ++parts;
  }
  CHECK(parts == 0);
  CHECK_FALSE(failed);
  writers.clear();
  CHECK(folder.files() == Names{"file"});
}

TEST_CASE("An output folder is made with its parents and left empty", "[engine]") {
  const TemporaryFolder folder;
  REQUIRE(FileSystem::real().prepare_output(folder / "x/y").has_value());
  CHECK(fs::is_directory(folder / "x/y"));
  CHECK(folder.files().empty());
  CHECK(FileSystem::real().prepare_output(folder / "x/y").has_value());
}

TEST_CASE("An output folder that cannot be is refused", "[engine]") {
  const TemporaryFolder folder;
  folder.write("file", "x");
  for (const char* path : {"file", "file/below"}) {
    INFO(path);
    const auto prepared = FileSystem::real().prepare_output(folder / path);
    REQUIRE_FALSE(prepared.has_value());
    CHECK(prepared.error().code == "not_a_folder");
    CHECK(prepared.error().message ==
          "cannot write to the folder '" + (folder / path).string() + "': Not a directory");
  }
  const auto unwritable = FileSystem::real().prepare_output("/proc");
  REQUIRE_FALSE(unwritable.has_value());
  CHECK(unwritable.error().message.find("cannot write to the folder '/proc': ") == 0);
}

}  // namespace
}  // namespace imagemill::testing
