// tiles and descriptor: a picture cut into files of its own.
#include "nodes/imaging/overlay/tiles.h"

#include "tests/support/catch.h"
#include "tests/support/graph_runner.h"
#include "tests/support/node_runner.h"

using namespace imagemill;
using namespace imagemill::testing;

namespace {

using Names = std::vector<std::string>;

Names names(const Files& files) {
  Names result;
  for (const auto& file : files) result.push_back(file.first);
  return result;
}

std::string tiled(const std::string& tiles, const std::string& path, const std::string& more = "") {
  return R"(imagemill: 1
nodes:
  read: {type: read}
  decode: {type: decode, in: read, depth: keep}
  tiles: {type: tiles, in: decode, )" +
         tiles + R"(}
  encode: {type: encode, in: tiles, format: png}
  write: {type: write, in: encode, path: ")" +
         path + "\"}\n" + more;
}

// The rectangle of a picture.
Image part(const Image& image, int x, int y, Size size) {
  return paint(size, image.format(),
               [&](int column, int row, int c) { return sample(image, x + column, y + row, c); });
}

}  // namespace

TEST_CASE("A grid is the picture, cut", "[nodes]") {
  const Image image = noise({100, 70}, {3, 8}, 1);
  const Outputs run = run_every_way(
      tiled("layout: grid, size: 32, overlap: 0", "{dir}/{stem}/{row}-{column}.{ext}"),
      {{"cats/a.png", png_file(image)}});
  CHECK(run.report.items.ok == 1);
  REQUIRE(run.files.size() == 12);
  for (int row = 0; row < 3; ++row) {
    for (int column = 0; column < 4; ++column) {
      const std::string path =
          "cats/a/" + std::to_string(row) + "-" + std::to_string(column) + ".png";
      INFO(path);
      REQUIRE(run.files.contains(path));
      const Size size{std::min(32, 100 - 32 * column), std::min(32, 70 - 32 * row)};
      CHECK(same_pixels(picture(run.files.at(path)), part(image, 32 * column, 32 * row, size)));
    }
  }
}

TEST_CASE("Tiles are numbered row by row, from 0", "[nodes]") {
  const Outputs run =
      run_every_way(tiled("layout: grid, size: 16, overlap: 2", "{stem}.{number}.{level}"),
                    {{"a.png", png_file(noise({20, 40}, {1, 16}, 1))}});
  CHECK(names(run.files) == Names{"a.0.0", "a.1.0", "a.2.0", "a.3.0", "a.4.0", "a.5.0"});
  CHECK(picture(run.files.at("a.2.0")).size() == Size{18, 20});
  CHECK(picture(run.files.at("a.5.0")).size() == Size{6, 10});
  CHECK(picture(run.files.at("a.0.0")).format() == PixelFormat{1, 16});
}

TEST_CASE("A pyramid lies as Deep Zoom viewers look for it", "[nodes]") {
  const Outputs run = run_every_way(
      tiled("size: 30, overlap: 1", "{dir}/{stem}_files/{level}/{column}_{row}.{ext}",
            "  dzi: {type: descriptor, in: decode, size: 30, overlap: 1, format: png}\n"
            "  xml: {type: write, in: dzi}\n"),
      {{"x/a.png", png_file(gradient({100, 50}, {3, 8}))}});
  CHECK(run.failures.empty());
  const Bytes& xml = run.files.at("x/a.dzi");
  CHECK(std::string(xml.begin(), xml.end()) ==
        imaging::deepzoom_descriptor({100, 50}, {imaging::TileLayout::deepzoom, 30, 1}, "png"));
  Names expected;
  for (const auto& [level, columns, rows] : std::vector<std::array<int, 3>>{{0, 1, 1},
                                                                            {1, 1, 1},
                                                                            {2, 1, 1},
                                                                            {3, 1, 1},
                                                                            {4, 1, 1},
                                                                            {5, 1, 1},
                                                                            {6, 2, 1},
                                                                            {7, 4, 2}}) {
    for (int column = 0; column < columns; ++column) {
      for (int row = 0; row < rows; ++row) {
        expected.push_back("x/a_files/" + std::to_string(level) + "/" + std::to_string(column) +
                           "_" + std::to_string(row) + ".png");
      }
    }
  }
  Names found = names(run.files);
  std::erase(found, "x/a.dzi");
  std::sort(expected.begin(), expected.end());
  CHECK(found == expected);
  CHECK(picture(run.files.at("x/a_files/0/0_0.png")).size() == Size{1, 1});
  CHECK(picture(run.files.at("x/a_files/7/1_1.png")).size() == Size{32, 21});
}

TEST_CASE("A descriptor's tiles are JPEG unless it is told", "[nodes]") {
  NodeRunner node("{type: descriptor}");
  const auto out = node.run_payload(gradient({1000, 500}, {3, 8})).value();
  const Bytes& xml = *std::any_cast<imaging::Encoded>(out).bytes;
  CHECK(std::string(xml.begin(), xml.end()) ==
        imaging::deepzoom_descriptor({1000, 500}, {imaging::TileLayout::deepzoom, 254, 1}, "jpg"));
}

TEST_CASE("What is cut is what is shown: upright, and never shrunk on load", "[nodes]") {
  const Image upright = gradient({300, 200}, {3, 8});
  const Bytes file = with_orientation(jpeg_file(stored_for(upright, 6)), 6);
  const Outputs run =
      run_every_way(tiled("size: 100, overlap: 0", "{level}/{column}_{row}.{width}x{height}",
                          "  thumb: {type: resize, in: decode, width: 20}\n"
                          "  small: {type: encode, in: thumb}\n  also: {type: write, in: small}\n"),
                    {{"a.jpg", file}});
  CHECK(run.files.contains("9/2_1.300x200"));
  CHECK_FALSE(run.files.contains("9/3_0.300x200"));
  CHECK(picture(run.files.at("9/2_1.300x200")).size() == Size{100, 100});
}

TEST_CASE("A picture of one tile, or one pixel, has a whole pyramid", "[nodes]") {
  const Outputs run = run_every_way(tiled("size: 254", "{stem}/{level}/{column}_{row}"),
                                    {{"one.png", png_file(noise({1, 1}, {4, 8}, 1))},
                                     {"row.png", png_file(noise({3, 1}, {3, 8}, 1))}});
  CHECK(names(run.files) == Names{"one/0/0_0", "row/0/0_0", "row/1/0_0", "row/2/0_0"});
}

TEST_CASE("Tiles of two branches are joined by number", "[nodes]") {
  const Image image = noise({100, 70}, {3, 8}, 1);
  const Outputs run = run_every_way(R"(imagemill: 1
nodes:
  read: {type: read}
  decode: {type: decode, in: read}
  gray: {type: watermark, in: decode, text: "HIH", size: 40, anchor: center, opacity: 1}
  left: {type: tiles, in: decode, layout: grid, size: 32, overlap: 0}
  right: {type: tiles, in: gray, layout: grid, size: 32, overlap: 0}
  both: {type: compose, in: {base: left, overlay: right}, arrangement: beside}
  encode: {type: encode, in: both, format: png}
  write: {type: write, in: encode, path: "{row}-{column}.png"}
)",
                                    {{"a.png", png_file(image)}});
  REQUIRE(run.files.size() == 12);
  int marked = 0;
  for (int row = 0; row < 3; ++row) {
    for (int column = 0; column < 4; ++column) {
      const Image both =
          picture(run.files.at(std::to_string(row) + "-" + std::to_string(column) + ".png"));
      const Size size{std::min(32, 100 - 32 * column), std::min(32, 70 - 32 * row)};
      CHECK(both.size() == Size{2 * size.width, size.height});
      const Image left = part(both, 0, 0, size);
      CHECK(same_pixels(left, part(image, 32 * column, 32 * row, size)));
      marked += same_pixels(left, part(both, size.width, 0, size)) ? 0 : 1;
    }
  }
  CHECK(marked >= 4);
  CHECK(marked < 12);
}

TEST_CASE("Tiles that can't be paired fail their item", "[nodes]") {
  const Outputs run = run_every_way(R"(imagemill: 1
nodes:
  read: {type: read}
  decode: {type: decode, in: read}
  left: {type: tiles, in: decode, layout: grid, size: 32}
  right: {type: tiles, in: decode, layout: grid, size: 16}
  both: {type: compose, in: {base: left, overlay: right}}
  encode: {type: encode, in: both, format: png}
  write: {type: write, in: encode, path: "{number}"}
)",
                                    {{"a.png", png_file(noise({100, 70}, {3, 8}, 1))}});
  CHECK(run.failures == std::map<std::string, std::string>{{"a.png", "both: unequal_parts"}});
  CHECK(run.files.empty());
}

TEST_CASE("A mark on tiles tells which each is", "[nodes]") {
  const auto run = [](const std::string& text) {
    return run_every_way(
               R"(imagemill: 1
nodes:
  read: {type: read}
  decode: {type: decode, in: read}
  tiles: {type: tiles, in: decode, layout: grid, size: 64, overlap: 0}
  mark: {type: watermark, in: tiles, text: ")" +
                   text + R"(", size: 20, opacity: 1}
  encode: {type: encode, in: mark, format: png}
  write: {type: write, in: encode, path: "{number}"}
)",
               {{"a.png", png_file(paint({128, 64}, {3, 8}, [](int, int, int) { return 0; }))}})
        .files;
  };
  const Files files = run("{column}/{number}");
  CHECK(files.at("0") == run("0/0").at("0"));
  CHECK(files.at("1") == run("1/1").at("1"));
  CHECK(files.at("0") != files.at("1"));
}

TEST_CASE("An overlap is at most a tile", "[nodes]") {
  for (const std::string type : {"tiles", "descriptor"}) {
    const auto loaded = parse_graph(graph_around("{type: " + type + ", size: 16, overlap: 17}"),
                                    "test", {}, registry_with_ends());
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().front().message == "the overlap is larger than the tile");
  }
}
