#include "nodes/imaging/overlay/tiles.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "tests/imaging/pictures.h"
#include "tests/support/catch.h"

using namespace imagemill::imaging;
using namespace imagemill::imaging::testing;

namespace {

constexpr TileOptions kGrid{TileLayout::grid, 4, 0};

TileOptions pyramid(int size, int overlap) { return {TileLayout::deepzoom, size, overlap}; }

// The tiles of the last level laid side by side again, where each says it lies. Where tiles overlap
// they must agree.
Image put_together(Size size, const std::vector<Tile>& tiles, const std::vector<Image>& parts) {
  Image whole = paint(size, parts.back().format(), [](int, int, int) { return 0; });
  std::vector<bool> known(static_cast<std::size_t>(size.width) * size.height);
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    const Tile& tile = tiles[i];
    if (tile.level != tiles.back().level) continue;
    REQUIRE(parts[i].size() == Size{tile.width, tile.height});
    for (int y = 0; y < tile.height; ++y) {
      for (int x = 0; x < tile.width; ++x) {
        const std::size_t at = static_cast<std::size_t>(tile.y + y) * size.width + tile.x + x;
        for (int c = 0; c < whole.format().channels; ++c) {
          const int value = sample(parts[i], x, y, c);
          if (known[at]) REQUIRE(sample(whole, tile.x + x, tile.y + y, c) == value);
          set_sample(whole, tile.x + x, tile.y + y, c, value);
        }
        known[at] = true;
      }
    }
  }
  CHECK(std::count(known.begin(), known.end(), false) == 0);
  return whole;
}

std::size_t bytes_in(const std::vector<Image>& images) {
  std::size_t bytes = 0;
  for (const Image& image : images) bytes += image.byte_size();
  return bytes;
}

}  // namespace

TEST_CASE("A grid goes row by row; the last tiles are narrower", "[imaging]") {
  CHECK(levels_of({10, 6}, kGrid) == 1);
  CHECK(tiles_of({10, 6}, kGrid) == std::vector<Tile>{{0, 0, 0, 0, 0, 4, 4},
                                                      {0, 1, 0, 4, 0, 4, 4},
                                                      {0, 2, 0, 8, 0, 2, 4},
                                                      {0, 0, 1, 0, 4, 4, 2},
                                                      {0, 1, 1, 4, 4, 4, 2},
                                                      {0, 2, 1, 8, 4, 2, 2}});
  CHECK(tiles_of({4, 4}, kGrid) == std::vector<Tile>{{0, 0, 0, 0, 0, 4, 4}});
  CHECK(tiles_of({1, 1}, kGrid) == std::vector<Tile>{{0, 0, 0, 0, 0, 1, 1}});
}

TEST_CASE("Tiles overlap their neighbours, not the picture's edges", "[imaging]") {
  CHECK(tiles_of({10, 3}, {TileLayout::grid, 4, 1}) ==
        std::vector<Tile>{{0, 0, 0, 0, 0, 5, 3}, {0, 1, 0, 3, 0, 6, 3}, {0, 2, 0, 7, 0, 3, 3}});
  // The last tile is narrower than the overlap.
  CHECK(tiles_of({9, 1}, {TileLayout::grid, 4, 3}) ==
        std::vector<Tile>{{0, 0, 0, 0, 0, 7, 1}, {0, 1, 0, 1, 0, 8, 1}, {0, 2, 0, 5, 0, 4, 1}});
}

TEST_CASE("A pyramid begins with a single pixel and doubles up to the picture", "[imaging]") {
  const TileOptions options = pyramid(254, 1);
  CHECK(levels_of({1, 1}, options) == 1);
  CHECK(levels_of({2, 1}, options) == 2);
  CHECK(levels_of({256, 256}, options) == 9);
  CHECK(levels_of({257, 1}, options) == 10);
  CHECK(levels_of({1, 4000}, options) == 13);
  for (const Size full : {Size{1, 1}, {2, 3}, {71, 45}, {256, 1}, {1000, 999}, {17000, 10000}}) {
    const int levels = levels_of(full, options);
    CHECK(level_size(full, 0, levels) == Size{1, 1});
    CHECK(level_size(full, levels - 1, levels) == full);
    for (int level = 1; level < levels; ++level) {
      const Size large = level_size(full, level, levels);
      CHECK(level_size(full, level - 1, levels) ==
            Size{(large.width + 1) / 2, (large.height + 1) / 2});
    }
  }
}

// Names and sizes are those of `vips dzsave --tile-size 4 --overlap 1`.
TEST_CASE("A pyramid's tiles are those of Deep Zoom", "[imaging]") {
  CHECK(tiles_of({9, 5}, pyramid(4, 1)) == std::vector<Tile>{{0, 0, 0, 0, 0, 1, 1},
                                                             {1, 0, 0, 0, 0, 2, 1},
                                                             {2, 0, 0, 0, 0, 3, 2},
                                                             {3, 0, 0, 0, 0, 5, 3},
                                                             {3, 1, 0, 3, 0, 2, 3},
                                                             {4, 0, 0, 0, 0, 5, 5},
                                                             {4, 1, 0, 3, 0, 6, 5},
                                                             {4, 2, 0, 7, 0, 2, 5},
                                                             {4, 0, 1, 0, 3, 5, 2},
                                                             {4, 1, 1, 3, 3, 6, 2},
                                                             {4, 2, 1, 7, 3, 2, 2}});
}

TEST_CASE("Tiles put together give the picture", "[imaging]") {
  const PixelFormat format = GENERATE(PixelFormat{3, 8}, PixelFormat{1, 16}, PixelFormat{4, 8});
  const Size size = GENERATE(Size{1, 1}, Size{16, 16}, Size{71, 45});
  Image image = noise(size, format, 3);
  image.set_icc(std::make_shared<const Bytes>(Bytes{1, 2, 3}));
  for (const TileLayout layout : {TileLayout::grid, TileLayout::deepzoom}) {
    for (const auto& [side, overlap] : {std::pair(16, 0), {16, 2}, {7, 7}, {100, 1}}) {
      const TileOptions options{layout, side, overlap};
      const std::vector<Tile> tiles = tiles_of(size, options);
      const std::vector<Image> parts = cut(image, options);
      REQUIRE(parts.size() == tiles.size());
      CHECK(same_pixels(put_together(size, tiles, parts), image));
      for (const Image& part : parts) CHECK(part.icc() == image.icc());
    }
  }
}

TEST_CASE("A level's pixel is the mean of those of the next that it covers", "[imaging]") {
  const TileOptions options = pyramid(1000, 0);  // one tile a level
  for (const PixelFormat format : {PixelFormat{3, 8}, {1, 8}, {3, 16}}) {
    for (const Size size : {Size{37, 20}, {32, 16}, {1, 31}, {37, 1}}) {
      const Image image = noise(size, format, 4);
      const std::vector<Image> levels = cut(image, options);
      CHECK(same_pixels(levels.back(), image));
      for (std::size_t i = levels.size() - 1; i-- > 0;) {
        const Image& large = levels[i + 1];
        const Size half{(large.width() + 1) / 2, (large.height() + 1) / 2};
        const auto mean = [&](int x, int y, int c) {
          int sum = 0;
          int count = 0;
          for (int v = 2 * y; v < std::min(2 * y + 2, large.height()); ++v) {
            for (int u = 2 * x; u < std::min(2 * x + 2, large.width()); ++u, ++count) {
              sum += sample(large, u, v, c);
            }
          }
          return (sum + count / 2) / count;
        };
        CHECK(same_pixels(levels[i], paint(half, format, mean)));
      }
    }
  }
}

TEST_CASE("Tiles hold no more than was planned", "[imaging]") {
  const PixelFormat format = GENERATE(PixelFormat{3, 8}, PixelFormat{2, 16});
  for (const Size size : {Size{1, 1}, {300, 200}, {1000, 37}, {5, 800}}) {
    for (const TileLayout layout : {TileLayout::grid, TileLayout::deepzoom}) {
      for (const auto& [side, overlap] : {std::pair(64, 0), {64, 3}, {33, 33}, {2000, 0}}) {
        const TileOptions options{layout, side, overlap};
        const std::vector<Image> parts = cut(noise(size, format, 6), options);
        const std::size_t count = parts.size();
        const std::size_t tiles = bytes_in(parts) + count * sizeof(Image);
        const int levels = levels_of(size, options);
        const std::size_t largest =
            levels > 1 ? Image::byte_size(level_size(size, levels - 2, levels), format) : 0;
        CHECK(cut_bytes(size, format, options) >= tiles + largest);
        if (levels == 1) CHECK(cut_bytes(size, format, options) < tiles + 1000 * count);
      }
    }
  }
  // Planned without a look at each of them: these are 227 million.
  CHECK(cut_bytes({17000, 10000}, {3, 8}, pyramid(1, 0)) > 170'000'000);
}

TEST_CASE("The descriptor says what a viewer needs", "[imaging]") {
  CHECK(deepzoom_descriptor({4000, 3000}, pyramid(254, 1), "jpg") ==
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<Image xmlns=\"http://schemas.microsoft.com/deepzoom/2008\" Format=\"jpg\" Overlap=\"1\" "
        "TileSize=\"254\">\n"
        "  <Size Width=\"4000\" Height=\"3000\"/>\n"
        "</Image>\n");
}
