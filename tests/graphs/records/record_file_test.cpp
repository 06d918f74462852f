// Files that a run leaves beside its outputs: whole, and nobody else's.
#include "graphs/records/record_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/files/temporary_names.h"
#include "graphs/records/manifest.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"

using namespace imagemill;
using namespace imagemill::testing;

TEST_CASE("A text file is written whole, over what was there", "[graphs]") {
  const TemporaryFolder folder;
  folder.write("t", "old, and longer");
  REQUIRE(write_text(folder / "t", "new"));
  CHECK(folder.read("t") == "new");
  CHECK(folder.files() == std::vector<std::string>{"t"});
  CHECK_FALSE(write_text(folder / "t/below", "new"));
}

TEST_CASE("What somebody has put beside a record is neither written to nor removed", "[graphs]") {
  const TemporaryFolder folder;
  folder.write("mine", "precious");
  for (const char* name : {"t.new", "t.part", "t.tmp"}) {
    std::filesystem::create_symlink("mine", folder / name);
  }
  {
    auto writer = ManifestWriter::create(folder / "t");
    REQUIRE(writer);
    RecordFile unfinished(folder / "t");
    unfinished.stream() << "half";
    CHECK(unfinished.stream().flush());
    REQUIRE(writer->finish());
  }
  CHECK(folder.read("t") == "# imagemill-manifest 1\n");
  REQUIRE(write_text(folder / "t", "new"));
  CHECK(folder.read("t") == "new");
  CHECK(folder.read("mine") == "precious");
  CHECK(folder.files() == std::vector<std::string>{"mine", "t", "t.new", "t.part", "t.tmp"});
}

TEST_CASE("A link at the name of the next temporary file is not followed", "[graphs]") {
  const TemporaryFolder folder;
  folder.write("mine", "precious");
  // The names count up: these are the next ones, "NUMBER.tmp" after the last dash.
  const std::string last = temporary_name();
  const std::size_t dash = last.rfind('-');
  const int number = std::stoi(last.substr(dash + 1));
  for (int next = number + 1; next <= number + 3; ++next) {
    const std::string name = last.substr(0, dash + 1) + std::to_string(next) + ".tmp";
    std::filesystem::create_symlink("mine", folder / name);
  }
  REQUIRE(write_text(folder / "t", "new"));
  CHECK(folder.read("t") == "new");
  CHECK(folder.read("mine") == "precious");
}

TEST_CASE("What a killed process has left beside a record is removed", "[graphs]") {
  const TemporaryFolder folder;
  const std::string own = temporary_name();
  // A temporary file of this host, of a process number that no process has.
  const std::string host = own.substr(0, own.find('-', own.find('-') + 1));
  folder.write(host + "-4194305-1-0.tmp", "half");
  folder.write("inner/" + host + "-4194305-1-0.tmp", "somebody else's folder");
  folder.write(own, "at work");
  REQUIRE(write_text(folder / "t", "new"));
  CHECK(folder.files() == std::vector<std::string>{own, "inner/" + host + "-4194305-1-0.tmp", "t"});
}

TEST_CASE("A file that this process has open is written to where it is at", "[graphs]") {
  const TemporaryFolder folder;
  folder.write("log", "before\n");
  const int log = ::open((folder / "log").c_str(), O_WRONLY);
  REQUIRE(log >= 0);
  REQUIRE(::lseek(log, 0, SEEK_END) == 7);
  for (const std::string name : {"/dev/fd/", "/proc/self/fd/"}) {
    REQUIRE(write_text(name + std::to_string(log), "text\n"));
  }
  REQUIRE(::write(log, "after\n", 6) == 6);
  ::close(log);
  CHECK(folder.read("log") == "before\ntext\ntext\nafter\n");
}

TEST_CASE("Why a record cannot be written is said", "[graphs]") {
  const TemporaryFolder folder;
  const auto nowhere = check_writable(folder / "none/t");
  REQUIRE_FALSE(nowhere);
  CHECK(nowhere.error().code == "not_found");
  CHECK(nowhere.error().message.ends_with("t': No such file or directory"));
  CHECK(check_writable(folder.path()).error().code == "not_a_file");
  const auto full = write_text("/dev/full", "text");
  REQUIRE_FALSE(full);
  CHECK(full.error().code == "disk_full");
}

TEST_CASE("Two that write one record at once each write it whole", "[graphs]") {
  const TemporaryFolder folder;
  RecordFile first(folder / "t");
  RecordFile second(folder / "t");
  const std::string many(200'000, 'x');
  first.stream() << many << '1';
  second.stream() << many << '2';
  REQUIRE(second.finish());
  CHECK(folder.read("t") == many + '2');
  REQUIRE(first.finish());
  CHECK(folder.read("t") == many + '1');
}

TEST_CASE("A record is copied, be it empty", "[graphs]") {
  const TemporaryFolder folder;
  for (const std::string& text : {std::string(), std::string("x"), std::string(200'000, 'y')}) {
    folder.write("from", text);
    REQUIRE(copy_record(folder / "from", folder / "to"));
    CHECK(folder.read("to") == text);
  }
  CHECK_FALSE(copy_record(folder / "missing", folder / "to"));
  CHECK(folder.read("to").size() == 200'000);
}

TEST_CASE("What is no regular file is written to, and not replaced", "[graphs]") {
  const TemporaryFolder folder;
  const std::filesystem::path pipe = folder / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
  REQUIRE(reader >= 0);
  CHECK(check_writable(pipe));
  REQUIRE(write_text(pipe, "text"));
  char read[8] = {};
  CHECK(::read(reader, read, sizeof read) == 4);
  ::close(reader);
  CHECK(std::filesystem::is_fifo(pipe));

  // Nor is an open file of this process, by whatever name.
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const std::filesystem::path open_file = "/dev/fd/" + std::to_string(ends[1]);
  CHECK(check_writable(open_file));
  REQUIRE(write_text(open_file, "text"));
  CHECK(::read(ends[0], read, sizeof read) == 4);
  ::close(ends[0]);
  ::close(ends[1]);

  // A link is followed.
  std::filesystem::create_symlink("target", folder / "link");
  REQUIRE(write_text(folder / "link", "text"));
  CHECK(std::filesystem::is_symlink(folder / "link"));
  CHECK(folder.read("target") == "text");
  CHECK_FALSE(check_writable(folder.path()));
}
