// A picture cut into tiles, for viewers that load only what they show.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "nodes/imaging/pixels/image.h"

namespace imagemill::imaging {

// grid      the picture as it is, as one level
// deepzoom  a pyramid as Deep Zoom images (DZI) have it: level 0 is one pixel, each further level
//           is twice as large, the last one is the picture
enum class TileLayout { grid, deepzoom };

// Requires, wherever it is used: size ≥ 1, 0 ≤ overlap ≤ size.
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

// How many levels a picture has: at least 1. Requires: full ≥ 1 × 1.
int levels_of(Size full, const TileOptions& options);

// The size of a level: each is half the next, rounded up. Requires: 0 ≤ level < levels.
Size level_size(Size full, int level, int levels);

// All tiles: level by level from 0, in each row by row, from left to right. Requires: full ≥ 1 × 1.
std::vector<Tile> tiles_of(Size full, const TileOptions& options);

// All tiles' pixels, in the order of tiles_of for image.size(). A pixel of a level is the mean of
// two by two of the next larger one, of those that exist. The tiles share the profile; pixels are
// shared only by a tile that is its whole level. What shrink-on-load says about the image is not
// regarded.
std::vector<Image> cut(const Image& image, const TileOptions& options);

// The most that `cut` holds at once beside its input: all tiles, and while it works the two largest
// levels below the picture's own, with what resampling one from the other takes.
// Cost: O(columns + rows), whatever their product.
std::size_t cut_bytes(Size full, PixelFormat format, const TileOptions& options);

// The .dzi file of a pyramid whose tiles are called LEVEL/COLUMN_ROW.EXTENSION.
std::string deepzoom_descriptor(Size full, const TileOptions& options,
                                std::string_view format_extension);

}  // namespace imagemill::imaging
