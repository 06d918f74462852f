// What is known about a payload before it exists: plain data, computed from a file's header.
//
// Before admission the engine passes facts through the graph. `Node::plan` goes forwards: what
// comes out, and what it costs in memory. `Node::demand` goes backwards: how much of it is still
// useful.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

namespace imagemill {

struct Facts {
  // Size in pixels as the user sees it: oriented, before any shrink-on-load.
  std::int64_t width = 0;
  std::int64_t height = 0;
  // Size of the pixel grid in memory. Differs from width and height only after shrink-on-load.
  std::int64_t pixel_width = 0;
  std::int64_t pixel_height = 0;
  int channels = 0;     // including alpha
  int bits = 0;         // per sample
  int orientation = 1;  // EXIF orientation, still to be applied
  // Format of encoded bytes: "jpeg", "png". Empty for pixels. Static storage.
  std::string_view format = {};
  std::string_view extension = {};  // of a file in this format: "jpg"; static storage
  std::uint64_t file_bytes = 0;     // size of the input file
  std::uint64_t bytes = 0;          // upper bound of the payload's memory
  std::uint64_t codec_bytes = 0;    // upper bound of what decoding allocates beside its result
  // Upper bound of the colour profile's memory; 0 without a profile. All pictures of an item share
  // the profile, so `bytes` does not include it.
  std::uint64_t profile_bytes = 0;
};

// The smallest size (user's view, pixels) at which an input is still as useful as the original.
struct Demand {
  std::int64_t width = 0;
  std::int64_t height = 0;

  // The smallest demand that satisfies both.
  friend Demand larger(Demand a, Demand b) {
    return {std::max(a.width, b.width), std::max(a.height, b.height)};
  }
  friend bool operator==(const Demand&, const Demand&) = default;
};

// Place in a pyramid of one packet that a one-to-many node makes.
struct Part {
  std::int64_t level = 0;
  std::int64_t column = 0;
  std::int64_t row = 0;
};

// What a node will make of inputs with known facts.
struct Plan {
  Facts out;                        // facts of each part, if there are several
  std::uint64_t scratch_bytes = 0;  // upper bound of what process() holds beside input, output
  // True if the output reuses the memory of the first input, unless that input is shared.
  bool in_place = false;
  // Parts that a one-to-many node will make, in this order. Empty for other nodes.
  std::vector<Part> parts = {};
  std::uint64_t parts_bytes = 0;  // upper bound of the memory of all parts
};

}  // namespace imagemill
