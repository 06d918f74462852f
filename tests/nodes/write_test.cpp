// write: which files appear, and what else does not.
#include "engine/base/sha256.h"
#include "tests/support/catch.h"
#include "tests/support/faulty_file_system.h"
#include "tests/support/graph_runner.h"
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
  Result<FileStamp> replace(const std::filesystem::path& root, const std::filesystem::path& path,
                            std::span<const std::uint8_t> bytes,
                            Durability durability) const override {
    asked = durability;
    return MemoryFileSystem::replace(root, path, bytes, durability);
  }
  mutable std::optional<Durability> asked;
};

}  // namespace

TEST_CASE("A path may have what is known of the picture", "[nodes]") {
  const Bytes photo = with_texts(with_orientation(jpeg(), 6), "a/../b c", "2024:05:06 07:08:09");
  const Files files = {{"x/a.jpg", photo}, {"x/b.png", png_file(gradient({30, 20}, {1, 8}))}};
  const auto paths = [&](const std::string& path) {
    Names names;
    const Outputs run = run_every_way(
        "imagemill: 1\nnodes:\n  read: {type: read, order: sorted}\n"
        "  decode: {type: decode, in: read}\n"
        "  small: {type: resize, in: decode, width: 5, height: 5, fit: fill}\n"
        "  encode: {type: encode, in: small}\n"
        "  write: {type: write, in: encode, path: \"" +
            path + "\"}\n",
        files);
    for (const auto& file : run.files) names.push_back(file.first);
    return names;
  };
  CHECK(paths("{format}/{stem}-{width}x{height}.{ext}") ==
        Names{"jpeg/a-16x16.jpg", "png/b-30x20.jpg"});
  CHECK(paths("{index}.{ext}") == Names{"0.jpg", "1.jpg"});
  CHECK(paths("{index:3}-{width:1}.{ext}") == Names{"000-16.jpg", "001-30.jpg"});
  CHECK(paths("{exif.Model}/{exif.DateTimeOriginal} {stem}.{ext}") ==
        Names{" b.jpg", "a_.._b c/2024-05-06 07-08-09 a.jpg"});
}

TEST_CASE("A path may have parts of a date, which a file must have then", "[nodes]") {
  const Files files = {{"new.jpg", with_texts(jpeg(), "Model", "2021:03:09 07:08:09")},
                       {"none.jpg", jpeg()},
                       {"wrong.jpg", with_texts(jpeg(), "Model", "2021:13:09 07:08:09")}};
  const std::string graph = R"(imagemill: 1
nodes:
  read: {type: read}
  write: {type: write, in: read, path: "{exif.DateTimeOriginal:%Y/%m}/{name}"}
)";
  const Outputs run = run_every_way(graph, files);
  CHECK(run.files.size() == 1);
  CHECK(run.files.contains("2021/03/new.jpg"));
  CHECK(run.failures == std::map<std::string, std::string>{{"none.jpg", "write: no_date"},
                                                           {"wrong.jpg", "write: no_date"}});
}

TEST_CASE("Only on the way of a node that needs it a date must be there", "[nodes]") {
  const Files files = {{"new.jpg", with_texts(jpeg(), "Model", "2021:03:09 07:08:09")},
                       {"none.png", png_file(gradient({16, 16}, {3, 8}))}};
  const std::string graph = R"(imagemill: 1
nodes:
  read: {type: read}
  way: {type: route, in: read, outputs: {dated: format = jpeg, others: always}}
  dated: {type: write, in: way.dated, path: "{exif.DateTimeOriginal:%Y}/{name}"}
  others: {type: write, in: way.others}
)";
  const Outputs run = run_every_way(graph, files);
  CHECK(run.failures.empty());
  CHECK(run.files.contains("2021/new.jpg"));
  CHECK(run.files.contains("none.png"));
}

TEST_CASE("Without an order the place in it is no name", "[nodes]") {
  const std::string graph = R"(imagemill: 1
nodes:
  read: {type: read}
  write: {type: write, in: read, path: "{index}.{ext}"}
)";
  try {
    run_graph(graph, {{"a.jpg", jpeg()}});
    FAIL("it ran");
  } catch (const std::runtime_error& e) {
    CHECK(std::string(e.what()) ==
          "write: no_order: the field {index} needs a list of files as input, or 'order: sorted' "
          "at the source: a folder's files come in no order to rely on");
  }
}

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
  CHECK(written->stamp.bytes == jpeg().size());
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
  CHECK(files.asked == Durability::batch);
  REQUIRE(write_item("{type: write, durability: file}", "a.jpg", jpeg(), environment));
  CHECK(files.asked == Durability::file);

  const TemporaryFolder folder;
  REQUIRE(write_item("{type: write, durability: file}", "a.jpg", jpeg(), environment_of(folder)));
  CHECK(read_bytes(folder / "out/a.jpg") == jpeg());
}

TEST_CASE("Where case is ignored, no spelling leads among the inputs or this program's own files",
          "[nodes]") {
  const TemporaryFolder folder;
  folder.write("out/Photos/a.jpg", "x");
  FaultyFileSystem files;
  files.claimed_folding = {.ignores_case = true, .ignores_form = false};
  Environment environment = environment_of(folder);
  environment.files = &files;
  environment.input = folder / "out/Photos";
  const auto written = [&](const std::string& path) {
    return write_item("{type: write, path: \"" + path + "\"}", "a.jpg", jpeg(), environment);
  };
  CHECK(written("photos/b.jpg").error().code == "output_is_input");
  CHECK(written(".ImageMill/journal").error().code == "output_conflict");
  CHECK(written("photos2/b.jpg"));
  files.claimed_folding = NameFolding();
  CHECK(written("Photos/b.jpg").error().code == "output_is_input");
  CHECK(written("photos/b.jpg"));
  CHECK(written(".ImageMill/journal"));
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
