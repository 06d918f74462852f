#include "nodes/imaging/overlay/tiles.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <map>

#include "nodes/imaging/resample/resample.h"

namespace imagemill::imaging {
namespace {

// Bytes of a tile beside its pixels: its place, in a vector that grows, and the reference count.
constexpr std::size_t kTileBytes = 3 * sizeof(Tile) + sizeof(Image) + 64;

// Extent of a tile along one axis.
struct Span {
  int begin;
  int length;
};

int count_along(int length, const TileOptions& options) {
  return static_cast<int>((std::int64_t{length} + options.size - 1) / options.size);
}

Span span_along(int length, int number, const TileOptions& options) {
  const std::int64_t inner = std::int64_t{number} * options.size;
  const std::int64_t begin = std::max<std::int64_t>(inner - options.overlap, 0);
  const std::int64_t end = std::min<std::int64_t>(inner + options.size + options.overlap, length);
  return {static_cast<int>(begin), static_cast<int>(end - begin)};
}

// Number of tiles of each length along an axis. There are few lengths, however many the tiles.
std::map<int, std::size_t> lengths_along(int length, const TileOptions& options) {
  std::map<int, std::size_t> counts;
  const int count = count_along(length, options);
  for (int i = 0; i < count; ++i) ++counts[span_along(length, i, options).length];
  return counts;
}

void append_level(std::vector<Tile>& tiles, int level, Size size, const TileOptions& options) {
  const int columns = count_along(size.width, options);
  const int rows = count_along(size.height, options);
  for (int row = 0; row < rows; ++row) {
    const Span down = span_along(size.height, row, options);
    for (int column = 0; column < columns; ++column) {
      const Span along = span_along(size.width, column, options);
      tiles.push_back({level, column, row, along.begin, down.begin, along.length, down.length});
    }
  }
}

Image part_of(const Image& image, const Tile& tile) {
  const Box box{static_cast<double>(tile.x), static_cast<double>(tile.y),
                static_cast<double>(tile.width), static_cast<double>(tile.height)};
  return resample(image, box, {tile.width, tile.height}, Filter::box);
}

// Halves the image. The odd last column or row becomes one on its own. So a level's pixel covers
// exactly two by two of the next, as a viewer that lays levels over each other expects.
Image halved(const Image& image) {
  const Size half{(image.width() + 1) / 2, (image.height() + 1) / 2};
  const Box twice{0, 0, 2.0 * half.width, 2.0 * half.height};
  return resample(image, twice, half, Filter::box);
}

}  // namespace

int levels_of(Size full, const TileOptions& options) {
  if (options.layout == TileLayout::grid) return 1;
  const auto longest = static_cast<unsigned>(std::max(full.width, full.height));
  return 1 + static_cast<int>(std::bit_width(longest - 1));
}

Size level_size(Size full, int level, int levels) {
  const int halvings = levels - 1 - level;
  // ⌈n / 2^k⌉ is n halved k times, rounded up each time.
  const auto halved = [halvings](int side) { return ((side - 1) >> halvings) + 1; };
  return {halved(full.width), halved(full.height)};
}

std::vector<Tile> tiles_of(Size full, const TileOptions& options) {
  std::vector<Tile> tiles;
  const int levels = levels_of(full, options);
  for (int level = 0; level < levels; ++level) {
    append_level(tiles, level, level_size(full, level, levels), options);
  }
  return tiles;
}

std::vector<Image> cut(const Image& image, const TileOptions& options) {
  const std::vector<Tile> tiles = tiles_of(image.size(), options);
  const int levels = levels_of(image.size(), options);
  std::vector<Image> parts(tiles.size());
  Image pixels = image;
  int level = levels - 1;
  for (std::size_t i = tiles.size(); i-- > 0;) {
    if (tiles[i].level != level) {
      level = tiles[i].level;
      pixels = halved(pixels);
    }
    parts[i] = part_of(pixels, tiles[i]);
  }
  return parts;
}

std::size_t cut_bytes(Size full, PixelFormat format, const TileOptions& options) {
  const int levels = levels_of(full, options);
  std::size_t bytes = 0;
  for (int level = 0; level < levels; ++level) {
    const Size size = level_size(full, level, levels);
    const auto heights = lengths_along(size.height, options);
    for (const auto& [width, columns] : lengths_along(size.width, options)) {
      for (const auto& [height, rows] : heights) {
        bytes += columns * rows * (kTileBytes + Image::byte_size({width, height}, format));
      }
    }
  }
  Size larger = full;
  for (int level = levels - 2; level >= std::max(0, levels - 3); --level) {
    const Size size = level_size(full, level, levels);
    bytes += Image::byte_size(size, format) + resample_scratch_bytes(format, larger, size);
    larger = size;
  }
  return bytes;
}

std::string deepzoom_descriptor(Size full, const TileOptions& options,
                                std::string_view format_extension) {
  const auto attribute = [](std::string_view name, const auto& value) {
    return " " + std::string(name) + "=\"" + value + "\"";
  };
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
         "<Image xmlns=\"http://schemas.microsoft.com/deepzoom/2008\"" +
         attribute("Format", std::string(format_extension)) +
         attribute("Overlap", std::to_string(options.overlap)) +
         attribute("TileSize", std::to_string(options.size)) + ">\n  <Size" +
         attribute("Width", std::to_string(full.width)) +
         attribute("Height", std::to_string(full.height)) + "/>\n</Image>\n";
}

}  // namespace imagemill::imaging
