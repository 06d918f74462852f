// write: which files appear, and what else does not.
#include "engine/sha256.h"
#include "tests/support/catch.h"
#include "tests/support/faulty_file_system.h"
#include "tests/support/node_runner.h"
#include "tests/support/photo_set.h"
#include "tests/support/temporary_folder.h"

using namespace imagemill;
using namespace imagemill::testing;

namespace {

using Names = std::vector<std::string>;

Environment environment_of(const TemporaryFolder& folder) {
  Environment environment;
  environment.input = folder / "in";
  environment.output = folder / "out";
  environment.digests = Digests::on;
  return environment;
}

// Writes one file as the item with this key would be.
Result<Written> write_item(const std::string& node, const std::string& key, const Bytes& file,
                           const Environment& environment) {
  const NodeRunner write(node, environment);
  const ItemInfo item{.index = 0, .key = key, .facts = facts_of(file)};
  NodePlan plan;
  plan.in = item.facts;
  plan.claims = {write.node().claim(item, item.facts, nullptr)};
  Payload payload = encoded(file);
  auto out = write.node().process(
      {&payload, 1}, nullptr,
      {.item = item, .plan = plan, .number = 0, .part = nullptr, .lease_bytes = 0});
  if (!out) return tl::make_unexpected(out.error());
  return std::any_cast<Written>(*out);
}

Bytes jpeg() { return jpeg_file(gradient({16, 16}, {3, 8})); }

// Remembers how files were to be kept.
class Remembering final : public MemoryFileSystem {
 public:
  Result<void> replace(const std::filesystem::path& path, std::span<const std::uint8_t> bytes,
                       Durability durability) const override {
    asked = durability;
    return MemoryFileSystem::replace(path, bytes, durability);
  }
  mutable std::optional<Durability> asked;
};

}  // namespace

TEST_CASE("A path is made of the fields of its item", "[nodes]") {
  const auto path_of = [](const std::string& path, const std::string& key) {
    const TemporaryFolder folder;
    return write_item("{type: write, path: \"" + path + "\"}", key, jpeg(), environment_of(folder))
        .value()
        .path;
  };
  CHECK(path_of("{dir}/{stem}.{ext}", "cats/black/tom.jpeg") == "cats/black/tom.jpg");
  CHECK(path_of("{dir}/{stem}.{ext}", "tom.jpeg") == "tom.jpg");
  CHECK(path_of("{name}", "cats/tom.jpeg") == "tom.jpeg");
  CHECK(path_of("small/{stem}-128.{ext}", "cats/tom.jpeg") == "small/tom-128.jpg");
  CHECK(path_of("{stem}", "a.b.c") == "a.b");
  CHECK(path_of("{{x}}-{stem}", "tom.jpeg") == "{x}-tom");
}

TEST_CASE("A file and its folders are made, and nothing else", "[nodes]") {
  const TemporaryFolder folder;
  const auto written =
      write_item("{type: write}", "a/b c/ünï.jpeg", jpeg(), environment_of(folder));
  REQUIRE(written);
  CHECK(written->path == "a/b c/ünï.jpg");
  CHECK(written->bytes == jpeg().size());
  CHECK(written->sha256 == to_hex(sha256(jpeg())));
  CHECK(folder.files() == Names{"out/a/b c/ünï.jpg"});
  CHECK(read_bytes(folder / "out/a/b c/ünï.jpg") == jpeg());
}

TEST_CASE("A digest is computed only where the run wants it", "[nodes]") {
  const TemporaryFolder folder;
  Environment environment = environment_of(folder);
  environment.digests = Digests::off;
  CHECK(write_item("{type: write}", "a.jpg", jpeg(), environment)->sha256.empty());
}

TEST_CASE("What was there before is replaced", "[nodes]") {
  const TemporaryFolder folder;
  folder.write("out/a.jpg",
               "an older file, and longer than what replaces it" + std::string(5000, ' '));
  folder.write("elsewhere", "kept");
  std::filesystem::create_symlink(folder / "elsewhere", folder / "out/link.jpg");
  for (const char* key : {"a.jpg", "link.jpg"}) {
    REQUIRE(write_item("{type: write}", key, jpeg(), environment_of(folder)));
    CHECK(read_bytes(folder / "out" / key) == jpeg());
  }
  CHECK(folder.read("elsewhere") == "kept");
  CHECK(folder.files() == Names{"elsewhere", "out/a.jpg", "out/link.jpg"});
}

TEST_CASE("A name as long as names can be is written", "[nodes]") {
  const TemporaryFolder folder;
  const std::string stem(251, 'n');
  REQUIRE(write_item("{type: write}", stem + ".jpg", jpeg(), environment_of(folder)));
  CHECK(folder.files() == Names{"out/" + stem + ".jpg"});
}

TEST_CASE("A target that can't be a file fails the item and leaves nothing behind", "[nodes]") {
  const TemporaryFolder folder;
  folder.write("out/a.jpg/inside", "x");
  folder.write("out/file", "x");
  const Names before = folder.files();
  for (const char* key : {"a.jpg", "file/b.jpg"}) {
    const auto written = write_item("{type: write}", key, jpeg(), environment_of(folder));
    REQUIRE_FALSE(written);
    CHECK(written.error().scope == Scope::item);
  }
  const auto too_long =
      write_item("{type: write}", std::string(252, 'n') + ".jpg", jpeg(), environment_of(folder));
  REQUIRE_FALSE(too_long);
  CHECK(folder.files() == before);
}

TEST_CASE("Files are synced to the disk where that is asked for", "[nodes]") {
  Remembering files;
  Environment environment;
  environment.files = &files;
  environment.output = "out";
  REQUIRE(write_item("{type: write}", "a.jpg", jpeg(), environment));
  CHECK(files.asked == Durability::none);
  REQUIRE(write_item("{type: write, durability: file}", "a.jpg", jpeg(), environment));
  CHECK(files.asked == Durability::file);

  const TemporaryFolder folder;
  REQUIRE(write_item("{type: write, durability: file}", "a.jpg", jpeg(), environment_of(folder)));
  CHECK(read_bytes(folder / "out/a.jpg") == jpeg());
}

TEST_CASE("An output folder that is the input, or can't be written, stops the run before it starts",
          "[nodes]") {
  const TemporaryFolder folder;
  folder.write("in/a.jpg", "x");
  folder.write("file", "x");
  Environment environment = environment_of(folder);
  environment.output = folder / "in/../in";
  const auto same = open_node("{type: write}", environment);
  REQUIRE_FALSE(same);
  CHECK(same.error().code == "output_is_input");

  environment.output = folder / "file";
  CHECK_FALSE(open_node("{type: write}", environment));
  environment.output = folder / "file/below";
  CHECK_FALSE(open_node("{type: write}", environment));
  CHECK(folder.files() == Names{"file", "in/a.jpg"});
}
