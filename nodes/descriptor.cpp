// descriptor: makes the .dzi file that tells a viewer how a picture was cut. Pixels:
// imaging/overlay/tiles.h.
#include "engine/node/registry.h"
#include "nodes/imaging/overlay/tiles.h"
#include "nodes/parameters.h"

namespace imagemill {
namespace {

// The format and the extension of a descriptor. It has no codec: nothing reads it back.
constexpr std::string_view kDzi = "dzi";

struct Descriptor {
  int size = 254;
  int overlap = 1;
  const imaging::Codec* format = default_format();

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

  std::vector<std::string> extensions() const { return {std::string(kDzi)}; }

  Result<Plan> plan(const Facts& in, const Demand&) const {
    Plan plan{.out = in};
    plan.out.format = kDzi;
    plan.out.extension = kDzi;
    plan.out.bytes = 4096;
    return plan;
  }

  Result<imaging::Encoded> process(const imaging::Image& image) const {
    const std::string text = imaging::deepzoom_descriptor(
        image.size(), {imaging::TileLayout::deepzoom, size, overlap}, format->extension());
    return imaging::Encoded{std::make_shared<const imaging::Bytes>(text.begin(), text.end())};
  }
};

IMAGEMILL_REGISTER_NODE("descriptor", Descriptor);

}  // namespace
}  // namespace imagemill
