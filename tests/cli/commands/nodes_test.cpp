// imagemill nodes and imagemill schema; whether what was made with them is fresh.
#include <fstream>

#include <nlohmann/json.hpp>

#include "tests/support/catch.h"
#include "tests/support/command.h"

using namespace imagemill::testing;

namespace {

std::string doc(const std::string& name) {
  std::ifstream file(std::string(IMAGEMILL_DOCS) + "/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("The node types are a table", "[cli]") {
  const Finished all = run_imagemill({"nodes"});
  CHECK(all.status == 0);
  CHECK(all.err == kNothing);
  CHECK(all.out.starts_with("type "));
  CHECK(
      contains(all.out,
               "\nread        → encoded                            io   parallel  Reads the images "
               "below the input folder, or those that a list names\n"));
  CHECK(
      contains(all.out,
               "\nresize      image → image                        cpu  parallel  Scales an image "
               "to fit a box\n"));
  CHECK(contains(all.out, "\nroute       any → the same    "));
  CHECK(all.out.find("\nread ") < all.out.find("\ndecode "));
  CHECK(all.out.find("\ndecode ") < all.out.find("\nresize "));
  CHECK(all.out.find("\nresize ") < all.out.find("\nencode "));
  CHECK(all.out.find("\nencode ") < all.out.find("\nroute "));
  CHECK(all.out.find("\nroute ") < all.out.find("\nwrite "));
}

TEST_CASE("One node type is described in full", "[cli]") {
  const Finished tiles = run_imagemill({"nodes", "tiles"});
  CHECK(tiles.status == 0);
  CHECK(tiles.err == kNothing);
  CHECK(tiles.out ==
        "tiles: image → several × image\n"
        "\n"
        "Cuts an image into tiles, each a packet of its own with the fields {number} {level} "
        "{column} {row}.\n"
        "\n"
        "Runs on all workers unless concurrency says otherwise.\n"
        "\n"
        "Parameters:\n"
        "  layout\n"
        "      grid or deepzoom; default deepzoom\n"
        "      deepzoom: a pyramid of levels, as deep zoom viewers read it; grid: the image as it "
        "is.\n"
        "  size\n"
        "      whole number, 16 to 16384; default 254\n"
        "      Pixels of a tile's side, without the overlap.\n"
        "  overlap\n"
        "      whole number, 0 to 1024; default 1\n"
        "      Pixels by which a tile reaches into each neighbour.\n"
        "\n"
        "Example:\n"
        "  cut: {type: tiles, in: decode, layout: grid, size: 512, overlap: 0}\n");
  CHECK(run_imagemill({"nodes", "compose"})
            .out.starts_with("compose: base: image, overlay: image → image\n"));
}

TEST_CASE("A misspelt type is answered with the nearest", "[cli]") {
  const Finished misspelt = run_imagemill({"nodes", "resise"});
  CHECK(misspelt.status == 2);
  CHECK(misspelt.out == kNothing);
  CHECK(misspelt.err == "imagemill: unknown node type 'resise'; did you mean 'resize'?\n");
  const Finished far_off = run_imagemill({"nodes", "photosynthesis"});
  CHECK(far_off.status == 2);
  CHECK(far_off.err ==
        "imagemill: unknown node type 'photosynthesis'; 'imagemill nodes' lists them all\n");
  CHECK(run_imagemill({"nodes", "resize", "--markdown"}).status == 2);
}

TEST_CASE("docs/nodes.md is fresh", "[cli]") {
  const Finished made = run_imagemill({"nodes", "--markdown"});
  CHECK(made.status == 0);
  INFO("renew it: build/release/cli/imagemill nodes --markdown >docs/nodes.md");
  CHECK((made.out == doc("nodes.md")));
}

TEST_CASE("docs/imagemill.schema.json is fresh", "[cli]") {
  const Finished made = run_imagemill({"schema"});
  CHECK(made.status == 0);
  CHECK(made.err == kNothing);
  const auto schema = nlohmann::json::parse(made.out);
  CHECK(schema["$schema"] == "https://json-schema.org/draft/2020-12/schema");
  CHECK(schema["$id"] == "urn:imagemill:config:1");
  CHECK(schema["title"] == "imagemill graph config");
  INFO("renew it: build/release/cli/imagemill schema >docs/imagemill.schema.json");
  CHECK((made.out == doc("imagemill.schema.json")));
}
