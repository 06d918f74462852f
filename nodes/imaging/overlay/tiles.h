// Cutting a picture into tiles, for viewers that load only what they show.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "nodes/imaging/pixels/image.h"

namespace imagemill::imaging {

// Layouts of tiles:
//   grid      the picture as it is, as one level
//   deepzoom  a pyramid of Deep Zoom images (DZI): level 0 is one pixel, each further
//             level is twice as large, the last one is the picture
enum class TileLayout { grid, deepzoom };

// Options of a cut. Every function below requires: size ≥ 1, 0 ≤ overlap ≤ size.
struct TileOptions {
  TileLayout layout = TileLayout::deepzoom;
  int size = 254;   // pixels of a side, without the overlap
  int overlap = 1;  // pixels that a tile takes of each of its neighbours
};

// A rectangle in the pixels of its level. The last column and row may be narrower.
struct Tile {
  int level = 0;
  int column = 0;
  int row = 0;
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
  friend bool operator==(const Tile&, const Tile&) = default;
};

// Levels of a picture: at least 1. Requires: full ≥ 1 × 1.
int levels_of(Size full, const TileOptions& options);

// The size of a level: each is half the next, rounded up. Requires: 0 ≤ level < levels.
Size level_size(Size full, int level, int levels);

// All tiles, level by level from 0, row by row, from left to right. Requires: full ≥ 1 × 1.
std::vector<Tile> tiles_of(Size full, const TileOptions& options);

// Cuts the image into the tiles of tiles_of for image.size(), in that order. A pixel of a level is
// the mean of the two by two pixels of the next larger level, of those that exist. The tiles share
// the profile. Only a tile that is its whole level shares pixels. full_size() and cover() are
// ignored.
std::vector<Image> cut(const Image& image, const TileOptions& options);

// Upper bound of what `cut` holds at once beside its input, in bytes. That is all tiles and, during
// the work, the two largest levels below the picture's own, with the memory for resampling. Cost:
// O(columns + rows), whatever their product.
std::size_t cut_bytes(Size full, PixelFormat format, const TileOptions& options);

// The .dzi file of a pyramid whose tiles are named LEVEL/COLUMN_ROW.EXTENSION.
std::string deepzoom_descriptor(Size full, const TileOptions& options,
                                std::string_view format_extension);

}  // namespace imagemill::imaging
