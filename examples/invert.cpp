// invert: the negative of an image.
#include "engine/node/registry.h"
#include "nodes/imaging/pixels/image.h"

namespace imagemill {
namespace {

// Alpha comes behind the colours and stays; so does what lies between the rows.
template <class Sample>
void invert(Sample* row, int width, imaging::PixelFormat format) {
  const int colours = format.is_gray() ? 1 : 3;
  for (int x = 0; x < width; ++x, row += format.channels) {
    for (int c = 0; c < colours; ++c) row[c] = static_cast<Sample>(~row[c]);
  }
}

struct Invert {
  static void describe(NodeSchema<Invert>& s) {
    s.summary("Turns an image into its negative.");
    s.example("invert: {type: invert, in: decode}");
  }

  Result<Plan> plan(const Facts& in, const Demand&) const {
    return Plan{.out = in, .in_place = true};
  }

  Result<imaging::Image> process(imaging::Image image) const {
    image.make_unique();  // copies only where another branch holds the same pixels
    for (int y = 0; y < image.height(); ++y) {
      if (image.format().bits == 8) {
        invert(image.mutable_row(y), image.width(), image.format());
      } else {
        invert(image.mutable_row16(y), image.width(), image.format());
      }
    }
    return image;
  }
};

IMAGEMILL_REGISTER_NODE("invert", Invert);

}  // namespace
}  // namespace imagemill
