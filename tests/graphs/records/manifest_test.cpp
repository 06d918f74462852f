// Manifests: written, read back, compared.
#include "graphs/records/manifest.h"

#include <sys/stat.h>

#include "engine/base/sha256.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"

using namespace imagemill;
using namespace imagemill::testing;

namespace {

std::string digest(char digit) { return std::string(64, digit); }

Result<FileDigests> read(const std::string& text) {
  const TemporaryFolder folder;
  return read_manifest(folder.write("manifest", text));
}

std::string error_of(const std::string& text) {
  const auto digests = read(text);
  return digests ? "none" : digests.error().message;
}

}  // namespace

TEST_CASE("A path is escaped as sha256sum escapes it", "[graphs]") {
  CHECK(manifest_line("a/b c.jpg", "12") == "12  a/b c.jpg");
  CHECK(manifest_line("ünï.jpg", "12") == "12  ünï.jpg");
  CHECK(manifest_line("a\\b", "12") == "\\12  a\\\\b");
  CHECK(manifest_line("a\nb", "12") == "\\12  a\\nb");
  CHECK(manifest_line("a\rb", "12") == "\\12  a\\rb");
}

TEST_CASE("A manifest is sorted by path, whatever the order of the run", "[graphs]") {
  const TemporaryFolder folder;
  auto writer = ManifestWriter::create(folder / "m");
  REQUIRE(writer);
  for (const char* path : {"b/z.jpg", "b.jpg", "a/x.jpg", "a-.jpg", "B.jpg"})
    writer->add({.path = path, .sha256 = digest('a')});
  REQUIRE(writer->finish());
  CHECK(folder.read("m") == "# imagemill-manifest 1\n" + digest('a') + "  B.jpg\n" + digest('a') +
                                "  a-.jpg\n" + digest('a') + "  a/x.jpg\n" + digest('a') +
                                "  b.jpg\n" + digest('a') + "  b/z.jpg\n");
  CHECK(folder.files() == std::vector<std::string>{"m"});
}

TEST_CASE("A manifest is read back as it was written", "[graphs]") {
  const TemporaryFolder folder;
  const FileDigests files = {{"plain.jpg", digest('0')},     {"new\nline", digest('1')},
                             {"back\\slash", digest('2')},   {"both\\\n\r", digest('3')},
                             {"two  spaces", digest('4')},   {" first", digest('5')},
                             {"not UTF-8 \xFF", digest('6')}};
  auto writer = ManifestWriter::create(folder / "m");
  REQUIRE(writer);
  for (const auto& [path, sha256] : files) writer->add({.path = path, .sha256 = sha256});
  REQUIRE(writer->finish());
  const auto again = read_manifest(folder / "m");
  REQUIRE(again);
  CHECK(*again == files);
}

TEST_CASE("The manifest of an empty run is its header", "[graphs]") {
  const TemporaryFolder folder;
  auto writer = ManifestWriter::create(folder / "m");
  REQUIRE(writer);
  REQUIRE(writer->finish());
  CHECK(folder.read("m") == "# imagemill-manifest 1\n");
  CHECK(read_manifest(folder / "m")->empty());
}

TEST_CASE("A manifest that can't be written is said so", "[graphs]") {
  const TemporaryFolder folder;
  CHECK_FALSE(ManifestWriter::create(folder / "missing/m"));
  folder.write("m/file", "");
  CHECK_FALSE(ManifestWriter::create(folder / "m"));
  auto writer = ManifestWriter::create(folder / "n");
  REQUIRE(writer);
  folder.write("n/file", "");
  CHECK_FALSE(writer->finish());
  CHECK(folder.files() == std::vector<std::string>{"m/file", "n/file"});
}

TEST_CASE("More lines than memory holds are sorted over the disk", "[graphs]") {
  const TemporaryFolder folder;
  const auto tail = [](std::string_view line) { return line.substr(line.find(' ') + 1); };
  for (const int count : {0, 1, 9, 10, 11, 1000}) {
    ExternalSort sorter(folder.path(), tail, 10 * (sizeof(std::string) + 8));  // ten a run
    REQUIRE(sorter.error() == 0);
    CHECK(folder.files().empty());
    std::vector<std::string> expected;
    for (int i = 0; i < count; ++i) {
      const std::string number = std::to_string(10000 + i * 7919 % count);
      sorter.add("ab " + number);
      expected.push_back("ab " + number);
    }
    std::sort(expected.begin(), expected.end());
    std::ostringstream sorted;
    CHECK(sorter.write_sorted(sorted));
    std::string whole;
    for (const std::string& line : expected) whole += line + "\n";
    CHECK(sorted.str() == whole);
    CHECK(folder.files().empty());
  }
}

TEST_CASE("A malformed manifest is refused by the number of its line", "[graphs]") {
  const std::string header = "# imagemill-manifest 1\n";
  const std::string good = digest('a') + "  x.jpg\n";
  CHECK(error_of(header + good) == "none");
  CHECK(error_of("").find("cannot be read") != std::string::npos);
  CHECK(error_of(good).find("is no manifest") != std::string::npos);
  CHECK(error_of("# imagemill-manifest 2\n" + good).find("is no manifest") != std::string::npos);
  for (const std::string& bad :
       {std::string("short  x.jpg"), digest('a') + " x.jpg", digest('a') + "  ",
        digest('A') + "  x.jpg", digest('g') + "  x.jpg", digest('a') + "a  x.jpg", std::string(),
        "\\" + digest('a') + "  x\\q", "\\" + digest('a') + "  x\\"}) {
    INFO(bad);
    CHECK(error_of(std::string(header).append(good).append(bad).append("\n"))
              .ends_with("has a malformed line 3"));
  }
  const TemporaryFolder folder;
  CHECK_FALSE(read_manifest(folder / "missing"));
}

TEST_CASE("Two sets of files are compared by path and content", "[graphs]") {
  const FileDigests first = {{"same", digest('1')},
                             {"changed", digest('2')},
                             {"gone", digest('3')},
                             {"also gone", digest('3')}};
  const FileDigests second = {
      {"same", digest('1')}, {"changed", digest('4')}, {"new", digest('3')}};
  using Names = std::vector<std::string>;
  const Difference difference = compare(first, second);
  CHECK_FALSE(difference.none());
  CHECK(difference.content == Names{"changed"});
  CHECK(difference.only_first == Names{"also gone", "gone"});
  CHECK(difference.only_second == Names{"new"});
  CHECK(compare(first, first).none());
  CHECK(compare({}, {}).none());
  CHECK_FALSE(compare({}, second).none());
}

TEST_CASE("A folder's files are hashed, its own records and what is no file left out", "[graphs]") {
  const TemporaryFolder folder;
  folder.write("a.jpg", "abc");
  folder.write("b/c", "");
  folder.write(".imagemill/journal", "x");
  const int threads = GENERATE(1, 4);
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  std::filesystem::create_symlink("nowhere", folder / "link");
  const auto digests = digest_folder(FileSystem::real(), folder.path(), threads);
  REQUIRE(digests);
  CHECK(*digests ==
        FileDigests{{"a.jpg", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
                    {"b/c", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}});
  CHECK_FALSE(digest_folder(FileSystem::real(), folder / "missing", threads));
  const std::string large(1'000'003, 'x');
  folder.write("large", large);
  const auto whole = digest_folder(FileSystem::real(), folder.path(), threads);
  REQUIRE(whole);
  CHECK(whole->at("large") ==
        to_hex(sha256({reinterpret_cast<const std::uint8_t*>(large.data()), large.size()})));
}

TEST_CASE("A file that cannot be hashed is named with its folder", "[graphs]") {
  const TemporaryFolder folder;
  folder.write("a.jpg", "abc");
  std::filesystem::create_symlink("loop", folder / "loop");
  const auto digests = digest_folder(FileSystem::real(), folder.path(), GENERATE(1, 4));
  REQUIRE_FALSE(digests);
  CHECK(digests.error().item == folder / "loop");
}
