// read: what is an item, and what is known of it.
#include <sys/stat.h>

#include "tests/support/catch.h"
#include "tests/support/graph_runner.h"
#include "tests/support/node_runner.h"
#include "tests/support/photo_set.h"
#include "tests/support/temporary_folder.h"

using namespace imagemill;
using namespace imagemill::testing;

namespace {

Outputs read_all(const Files& inputs, const std::string& node = "{type: read}") {
  return run_graph("imagemill: 1\nnodes:\n  read: " + node +
                       "\n  write: {type: write, in: read, path: \"{dir}/{name}\"}\n",
                   inputs);
}

std::vector<std::string> names(const Files& files) {
  std::vector<std::string> result;
  for (const auto& file : files) result.push_back(file.first);
  return result;
}

using Names = std::vector<std::string>;

Bytes jpeg() { return jpeg_file(gradient({40, 30}, {3, 8})); }
Bytes png() { return png_file(gradient({40, 30}, {3, 8})); }

// With so many bytes of metadata before the size of the picture.
Bytes with_long_header(Bytes jpeg, int segments) {
  const Bytes segment = jpeg_marker(0xE5, "private", Bytes(60'000, 0x20));
  for (int i = 0; i < segments; ++i) jpeg = with_inserted(jpeg, 2, segment);
  return jpeg;
}

Environment real_folder(const TemporaryFolder& folder) {
  Environment environment;
  environment.input = folder.path();
  environment.output = folder.path() / "out";
  return environment;
}

}  // namespace

TEST_CASE("A file's content tells whether it is an image, not its name", "[nodes]") {
  const Bytes text = bytes_of("once upon a time");
  const Outputs read = read_all({{"photo.txt", jpeg()},
                                 {"photo", png()},
                                 {"png named.jpg", png()},
                                 {"broken.JPG", text},
                                 {"broken.Png", text},
                                 {"notes.txt", text},
                                 {"jpg", text},
                                 {"folder.jpg/notes", text}});
  CHECK(names(read.files) == Names{"photo", "photo.txt", "png named.jpg"});
  CHECK(read.failures == std::map<std::string, std::string>{{"broken.JPG", "read: not_an_image"},
                                                            {"broken.Png", "read: not_an_image"}});
  CHECK(read.ignored == Names{"folder.jpg/notes", "jpg", "notes.txt"});
  CHECK(read.report.ignored == 3);
  CHECK(read.files.at("photo.txt") == jpeg());
}

TEST_CASE("An empty or very short file is an image by its name only", "[nodes]") {
  const Outputs read = read_all({{"empty.png", {}}, {"empty.txt", {}}, {"two.jpg", {0xFF, 0xD8}}});
  CHECK(read.failures == std::map<std::string, std::string>{{"empty.png", "read: not_an_image"},
                                                            {"two.jpg", "read: not_an_image"}});
  CHECK(read.ignored == Names{"empty.txt"});
}

TEST_CASE("A file that is not included, or excluded, is no item", "[nodes]") {
  const Files files = {
      {"a.jpg", jpeg()}, {"b.png", png()}, {"cats/c.jpg", jpeg()}, {"cats/old/d.jpg", jpeg()}};
  const auto found = [&](const std::string& node) {
    const Outputs read = read_all(files, node);
    CHECK(read.ignored.empty());
    return names(read.files);
  };
  CHECK(found("{type: read}") == Names{"a.jpg", "b.png", "cats/c.jpg", "cats/old/d.jpg"});
  CHECK(found("{type: read, include: \"**.jpg\"}") ==
        Names{"a.jpg", "cats/c.jpg", "cats/old/d.jpg"});
  CHECK(found("{type: read, include: \"*.jpg\"}") == Names{"a.jpg"});
  CHECK(found("{type: read, include: \"cats/*\"}") == Names{"cats/c.jpg"});
  CHECK(found("{type: read, exclude: \"cats/**\"}") == Names{"a.jpg", "b.png"});
  CHECK(found("{type: read, include: \"**.jpg\", exclude: \"**/old/**\"}") ==
        Names{"a.jpg", "cats/c.jpg"});
  CHECK(found("{type: read, include: \"?.png\"}") == Names{"b.png"});
  CHECK(found("{type: read, include: \"nothing\"}").empty());
  CHECK(names(read_all({{"DSC_1.JPG", jpeg()}, {"a.jpg", jpeg()}, {"b.png", jpeg()}},
                       "{type: read, include: \"**.jpg\", exclude: \"a.JPG\"}")
                  .files) == Names{"DSC_1.JPG"});
}

TEST_CASE("A file larger than max_file_size fails", "[nodes]") {
  const Files files = {{"a.jpg", jpeg()}, {"large.txt", Bytes(5000, 'x')}};
  const std::string size = std::to_string(jpeg().size());
  CHECK(read_all(files, "{type: read, max_file_size: " + size + "}").files.size() == 1);
  const Outputs read =
      read_all(files, "{type: read, max_file_size: " + std::to_string(jpeg().size() - 1) + "}");
  CHECK(read.failures == std::map<std::string, std::string>{{"a.jpg", "read: file_too_large"}});
  CHECK(read.ignored == Names{"large.txt"});
}

TEST_CASE("A file that ends in its header is truncated", "[nodes]") {
  for (const Bytes& whole : {jpeg(), png()}) {
    const Bytes cut(whole.begin(), whole.begin() + 30);
    CHECK(read_all({{"cut.jpg", cut}}).failures.at("cut.jpg") == "read: truncated");
  }
}

TEST_CASE("A header longer than what is read at first is read on", "[nodes]") {
  const Bytes long_jpeg = with_long_header(jpeg(), 5);
  const Bytes long_png = with_inserted(png(), kAfterIhdr, png_chunk("prVt", Bytes(300'000, 7)));
  REQUIRE(long_jpeg.size() > 300'000);
  for (const Bytes& file : {long_jpeg, long_png}) {
    const Facts facts = facts_of(file);
    CHECK(facts.width == 40);
    CHECK(facts.height == 30);
    CHECK(facts.bytes == imaging::BufferPool::capacity(file.size()));
    CHECK(read_all({{"long.jpg", file}}).files.at("long.jpg") == file);
  }
  Bytes cut = long_jpeg;
  cut.resize(200'000);
  CHECK(read_all({{"cut.jpg", cut}}).failures.at("cut.jpg") == "read: truncated");
}

TEST_CASE("An image's facts are those that its viewer sees", "[nodes]") {
  const Facts turned = facts_of(with_orientation(jpeg(), 6));
  CHECK(turned.width == 30);
  CHECK(turned.height == 40);
  CHECK(turned.orientation == 6);
  CHECK(turned.channels == 3);
  CHECK(turned.bits == 8);
  CHECK(turned.format == "jpeg");
  CHECK(turned.extension == "jpg");

  const Facts deep = facts_of(png_file(gradient({5, 9}, {2, 16})));
  CHECK(deep.width == 5);
  CHECK(deep.height == 9);
  CHECK(deep.orientation == 1);
  CHECK(deep.channels == 2);
  CHECK(deep.bits == 16);
  CHECK(deep.format == "png");
  CHECK(deep.extension == "png");
}

TEST_CASE("How many pixels are too many is not for read to say", "[nodes]") {
  CHECK(facts_of(with_jpeg_size(jpeg(), 65500, 65500)).width == 65500);
}

Names listed(const NodeRunner& read) {
  const auto cursor = read.node().list();
  REQUIRE(cursor);
  Names names;
  while (const auto entry = (*cursor)->next()) names.push_back(entry->key);
  return names;
}

TEST_CASE("Sorted, files come in the order of their paths' bytes", "[nodes]") {
  const TemporaryFolder folder;
  for (const char* name : {"b.jpg", "a/z.jpg", "a.jpg", "B.jpg", "a-1.jpg", "ä.jpg"})
    folder.write(name, "x");
  const NodeRunner read("{type: read, order: sorted}", real_folder(folder));
  CHECK(listed(read) == Names{"B.jpg", "a-1.jpg", "a.jpg", "a/z.jpg", "b.jpg", "ä.jpg"});
}

TEST_CASE("The output folder below the input folder is not read", "[nodes]") {
  const TemporaryFolder folder;
  for (const char* name : {"a.jpg", "out/b.jpg", "outer/c.jpg", ".imagemill/d.jpg"})
    folder.write(name, "x");
  const NodeRunner read("{type: read}", real_folder(folder));
  CHECK(listed(read) == Names{"a.jpg", "outer/c.jpg"});
}

TEST_CASE("What is no file fails where it is named like an image, and holds nobody up", "[nodes]") {
  const TemporaryFolder folder;
  write_files(folder.path(), {{"a.jpg", jpeg()}});
  REQUIRE(::mkfifo((folder / "x.jpg").c_str(), 0600) == 0);
  REQUIRE(::mkfifo((folder / "x.txt").c_str(), 0600) == 0);
  std::filesystem::create_symlink("nowhere", folder / "link.jpg");
  std::filesystem::create_symlink("nowhere", folder / "link");
  std::filesystem::create_symlink("loop.jpg", folder / "loop");
  std::filesystem::create_symlink("loop", folder / "loop.jpg");
  const NodeRunner read("{type: read}", real_folder(folder));
  CHECK(read.node().probe("x.jpg").error().code == "not_a_file");
  CHECK(read.node().probe("link.jpg").error().code == "not_found");
  CHECK(read.node().probe("loop.jpg").error().code == "io_error");
  for (const std::string name : {"x.txt", "link", "loop"}) {
    const auto ignored = read.node().probe(name);
    REQUIRE(ignored);
    CHECK_FALSE(*ignored);
  }
}

TEST_CASE("A file that shrinks or goes between header and content fails", "[nodes]") {
  const TemporaryFolder folder;
  write_files(folder.path(), {{"a.jpg", jpeg_file(noise({400, 400}, {3, 8}, 1),
                                                  {100, imaging::Subsampling::s444, false})}});
  const NodeRunner read("{type: read}", real_folder(folder));
  const auto candidate = read.node().probe("a.jpg");
  REQUIRE(candidate);
  REQUIRE(*candidate);
  std::filesystem::resize_file(folder / "a.jpg", 70'000);
  const auto loaded = (*candidate)->load();
  REQUIRE_FALSE(loaded);
  CHECK(loaded.error().code == "truncated");

  std::filesystem::remove(folder / "a.jpg");
  const auto gone = read.node().probe("a.jpg");
  REQUIRE_FALSE(gone);
  CHECK(gone.error().code == "not_found");
}

TEST_CASE("An input that is not there stops the run before it starts", "[nodes]") {
  const TemporaryFolder folder;
  Environment environment;
  environment.input = folder / "missing";
  const auto opened = open_node("{type: read}", environment);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == "not_a_folder");
  CHECK(opened.error().message == "the input '" + (folder / "missing").string() +
                                      "' is neither a folder that can be read nor a list of files");
}
