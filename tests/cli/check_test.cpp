// imagemill check, and the configs by which the parser and the schema are held against each other.
#include <algorithm>

#include "tests/support/catch.h"
#include "tests/support/command.h"

using namespace imagemill::testing;

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> configs_in(const fs::path& folder) {
  std::vector<fs::path> configs;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".yaml") configs.push_back(entry.path());
  }
  std::sort(configs.begin(), configs.end());
  return configs;
}

const fs::path kAccepted = fs::path(IMAGEMILL_CLI_TESTS) / "accepted";
const fs::path kRefused = fs::path(IMAGEMILL_CLI_TESTS) / "refused";

}  // namespace

TEST_CASE("A sound graph is confirmed: what each node takes, and how it runs", "[cli]") {
  const Finished checked =
      run_imagemill({"check", (kAccepted / "ways.yaml").string(), "--set", "badge.concurrency=3"});
  CHECK(checked.status == 0);
  CHECK(checked.err == kNothing);
  CHECK(checked.out.starts_with((kAccepted / "ways.yaml").string() + ": 11 nodes, no faults\n\n"));
  CHECK(
      checked.out.substr(checked.out.find("\n\n") + 2) ==
      "node     type     takes                                                     concurrency\n"
      "───────────────────────────────────────────────────────────────────────────────────────────"
      "──\n"
      "read     read                                                               2 I/O threads\n"
      "jpegs    filter   encoded from read\n"
      "decode   decode   encoded from jpegs                                        all workers\n"
      "logo     image\n"
      "by_size  route    image from decode\n"
      "badge    compose  base: image from by_size.large, overlay: image from logo  3 workers at "
      "most\n"
      "encode   encode   image from badge                                          all workers\n"
      "write    write    encoded from encode                                       2 I/O threads\n"
      "cut      tiles    image from by_size.small                                  all workers\n"
      "pieces   encode   image from cut                                            all workers\n"
      "tile     write    encoded from pieces                                       2 I/O "
      "threads\n");
}

TEST_CASE("Every config is checked without its input and without a trace", "[cli]") {
  for (const fs::path& config : configs_in(IMAGEMILL_CONFIGS)) {
    INFO(config);
    const Finished checked = run_imagemill({"check", config.string()});
    CHECK(checked.status == 0);
    CHECK(checked.err == kNothing);
    CHECK(checked.out.starts_with(config.stem().string() + ": "));
  }
}

TEST_CASE("What is wrong with a graph is told as run tells it", "[cli]") {
  const TemporaryFolder folder;
  const std::string graph = folder.write("g.yaml", R"(imagemill: 1
nodes:
  read:   {type: read}
  decode: {type: decode, in: raed, depht: 8}
  encode: {type: encode, in: decode, quality: 800}
  write:  {type: write, in: encode}
)");
  const Finished checked = run_imagemill({"check", graph});
  CHECK(checked.status == 2);
  CHECK(checked.out == kNothing);
  CHECK(checked.err == graph + ":4:30: no node is named 'raed'; did you mean 'read'?\n" + graph +
                           ":4:36: node type 'decode' has no parameter 'depht'; did you mean "
                           "'depth'?\n" +
                           graph + ":5:38: quality: '800' is not a whole number (1 to 100)\n");
  CHECK(run_imagemill({"run", graph}).err == checked.err);
  CHECK(run_imagemill({"check", folder / "missing.yaml"}).status == 2);
  const Finished set = run_imagemill({"check", graph, "--set", "encode.quality=0"});
  CHECK(contains(set.err, "--set encode.quality=0: quality: '0' is not"));
}

TEST_CASE("What the schema is tested with, the parser takes and refuses as well", "[cli]") {
  REQUIRE(configs_in(kAccepted).size() >= 2);
  for (const fs::path& config : configs_in(kAccepted)) {
    INFO(config);
    CHECK(run_imagemill({"check", config.string()}).err == kNothing);
  }
  REQUIRE(configs_in(kRefused).size() >= 20);
  for (const fs::path& config : configs_in(kRefused)) {
    INFO(config);
    CHECK(run_imagemill({"check", config.string()}).status == 2);
  }
}
