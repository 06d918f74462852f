// tiles: cuts a picture into tiles. Pixels: imaging/overlay/tiles.h.
#include "nodes/imaging/overlay/tiles.h"

#include <algorithm>

#include "engine/node/registry.h"

namespace imagemill {

template <>
struct EnumNames<imaging::TileLayout> {
  static constexpr std::array<std::pair<std::string_view, imaging::TileLayout>, 2> values = {
      {{"grid", imaging::TileLayout::grid}, {"deepzoom", imaging::TileLayout::deepzoom}}};
};

namespace {

imaging::Size pixels_of(const Facts& facts) {
  return {static_cast<int>(facts.pixel_width), static_cast<int>(facts.pixel_height)};
}

struct Tiles {
  imaging::TileLayout layout = imaging::TileLayout::deepzoom;
  int size = 254;
  int overlap = 1;

  static void describe(NodeSchema<Tiles>& s) {
    s.summary(
        "Cuts an image into tiles, each a packet of its own with the fields {number} {level} "
        "{column} {row}.");
    s.param("layout", &Tiles::layout,
            "deepzoom: a pyramid of levels, as deep zoom viewers read it; grid: the image as it "
            "is.");
    s.param("size", &Tiles::size, "Pixels of a tile's side, without the overlap.",
            between(16, 16'384));
    s.param("overlap", &Tiles::overlap, "Pixels by which a tile reaches into each neighbour.",
            between(0, 1024));
    s.require([](const Tiles& t) { return t.overlap <= t.size; },
              "the overlap is larger than the tile");
    s.example("cut: {type: tiles, in: decode, layout: grid, size: 512, overlap: 0}");
  }

  imaging::TileOptions options() const { return {layout, size, overlap}; }

  Result<Plan> plan(const Facts& in, const Demand&) const {
    const imaging::Size full = pixels_of(in);
    Plan plan{.out = in};
    plan.out.width = std::min<std::int64_t>(in.width, size + 2 * overlap);
    plan.out.height = std::min<std::int64_t>(in.height, size + 2 * overlap);
    plan.out.pixel_width = plan.out.width;
    plan.out.pixel_height = plan.out.height;
    plan.out.bytes = imaging::Image::byte_size(pixels_of(plan.out), {in.channels, in.bits});
    for (const imaging::Tile& tile : imaging::tiles_of(full, options())) {
      plan.parts.push_back({tile.level, tile.column, tile.row});
    }
    plan.parts_bytes = imaging::cut_bytes(full, {in.channels, in.bits}, options());
    return plan;
  }

  Result<std::vector<imaging::Image>> process(const imaging::Image& image) const {
    return imaging::cut(image, options());
  }
};

IMAGEMILL_REGISTER_NODE("tiles", Tiles);

}  // namespace
}  // namespace imagemill
