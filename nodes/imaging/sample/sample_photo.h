// Pictures that look like photographs, made from a number. Newcomers, tests and benchmarks need no
// outside data.
#pragma once

#include <cstdint>

#include "nodes/imaging/pixels/image.h"

namespace imagemill::imaging {

enum class SampleScene {
  landscape,  // mountains above a lake or a meadow
  seaside,    // the sea, a headland, a beach
  night,      // street lights out of focus, a skyline, the Milky Way
  studio,     // fruit or polished balls on a table
};

// Makes an 8-bit RGB picture with the traits of photographs: smooth gradients, texture at every
// scale, soft shadows, blur, noise. At 12 megapixels and JPEG quality 90 it takes 2.5 to 4 MB. The
// seed chooses the view, and the size its sharpness: the same seed is the same view at any size of
// the same shape. The same arguments give the same bytes on every machine. Thread-safe. Cost: one
// core makes 20 megapixels a second. Requires: both sides ≥ 1.
Image sample_photo(SampleScene scene, Size size, std::uint64_t seed);

// Makes a cutout: the subject of the studio photo of `seed`, as 8-bit RGBA with soft edges,
// transparent around the subject.
Image sample_cutout(Size size, std::uint64_t seed);

}  // namespace imagemill::imaging
