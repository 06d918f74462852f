// What is known about a payload before it exists: plain data, computed from a file's header.
//
// Before an item is admitted, the engine folds these through the graph: `Node::plan` forwards (what
// comes out, what it costs in memory), `Node::demand` backwards (how much of it is still useful).
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

namespace imagemill {

struct Facts {
  // The size as the user sees it: oriented, before any shrink-on-load. Pixels.
  std::int64_t width = 0;
  std::int64_t height = 0;
  // The size of the pixel grid that is in memory. Differs from the above only after shrink-on-load.
  std::int64_t pixel_width = 0;
  std::int64_t pixel_height = 0;
  int channels = 0;     // with alpha, if any
  int bits = 0;         // a sample
  int orientation = 1;  // EXIF, still to be applied
  std::string_view format =
      {};  // of encoded bytes: "jpeg", "png"; static storage; empty for pixels
  std::string_view extension = {};  // that a file of this format gets: "jpg"; static storage
  std::uint64_t file_bytes = 0;     // size of the file that it comes from
  std::uint64_t bytes = 0;          // upper bound of the payload's memory
  std::uint64_t codec_bytes = 0;    // upper bound of what decoding it allocates beside its result
  // Upper bound of its colour profile's memory, which all pictures of an item share; 0 without one.
  // No part of `bytes`.
  std::uint64_t profile_bytes = 0;
};

// The smallest size (user's view, pixels) at which an input is still as useful as the original.
struct Demand {
  std::int64_t width = 0;
  std::int64_t height = 0;

  // What satisfies both.
  friend Demand larger(Demand a, Demand b) {
    return {std::max(a.width, b.width), std::max(a.height, b.height)};
  }
  friend bool operator==(const Demand&, const Demand&) = default;
};

// One of the packets that a one-to-many node makes of its input.
struct Part {
  std::int64_t level = 0;  // of a pyramid
  std::int64_t column = 0;
  std::int64_t row = 0;
};

// What a node makes of inputs with known facts.
struct Plan {
  Facts out;                        // of several parts, what holds for each
  std::uint64_t scratch_bytes = 0;  // upper bound of what process() holds beside input and output
  // The output takes over the (first) input's memory where nothing else holds it.
  bool in_place = false;
  // Of a one-to-many node: what it will make, in this order, and upper bound of their memory.
  std::vector<Part> parts = {};
  std::uint64_t parts_bytes = 0;
};

}  // namespace imagemill
