// descriptor: makes the .dzi file that tells a viewer how a picture was cut. Pixels:
// imaging/overlay/tiles.h.
#include "engine/node/registry.h"
#include "nodes/imaging/overlay/tiles.h"
#include "nodes/parameters.h"

namespace imagemill {
namespace {

struct Descriptor {
  int size = 254;
  int overlap = 1;
  imaging::Format format = imaging::Format::jpeg;

  static void describe(NodeSchema<Descriptor>& s) {
    s.summary(
        "Makes the .dzi file of a deep zoom pyramid from the image that tiles cuts. A viewer looks "
        "for the tiles beside it, in STEM_files/LEVEL/COLUMN_ROW.EXT.");
    s.param("size", &Descriptor::size, "Pixels of a tile's side, without the overlap.",
            between(16, 16'384));
    s.param("overlap", &Descriptor::overlap,
            "Pixels by which a tile reaches into each "
            "neighbour.",
            between(0, 1024));
    s.require([](const Descriptor& t) { return t.overlap <= t.size; },
              "the overlap is larger than the tile");
    s.param("format", &Descriptor::format, "File format of the tiles.");
    s.example("dzi: {type: descriptor, in: decode}");
  }

  std::vector<std::string> extensions() const {
    return {std::string(imaging::format_extension(imaging::Format::dzi))};
  }

  Result<Plan> plan(const Facts& in, const Demand&) const {
    Plan plan{.out = in};
    plan.out.format = imaging::format_name(imaging::Format::dzi);
    plan.out.extension = imaging::format_extension(imaging::Format::dzi);
    plan.out.bytes = 4096;
    return plan;
  }

  Result<imaging::Encoded> process(const imaging::Image& image) const {
    const std::string text =
        imaging::deepzoom_descriptor(image.size(), {imaging::TileLayout::deepzoom, size, overlap},
                                     imaging::format_extension(format));
    return imaging::Encoded{std::make_shared<const imaging::Bytes>(text.begin(), text.end()),
                            imaging::Format::dzi};
  }
};

IMAGEMILL_REGISTER_NODE("descriptor", Descriptor);

}  // namespace
}  // namespace imagemill
