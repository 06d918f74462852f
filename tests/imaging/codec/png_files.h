// PNG files of the kinds that the encoder does not write, made by libpng itself.
#pragma once

#include <functional>
#include <vector>

#include <png.h>

#include "nodes/imaging/pixels/image.h"

namespace imagemill::imaging::testing {

struct PngLayout {
  int colour;
  int bits;
  bool interlaced;
};

// A PNG of packed rows; `configure` may add to its header. libpng's own error handling ends the
// test program.
Bytes plain_png(
    Size size, PngLayout layout, const std::vector<Bytes>& rows,
    const std::function<void(png_structp, png_infop)>& configure = [](png_structp, png_infop) {});

}  // namespace imagemill::imaging::testing
