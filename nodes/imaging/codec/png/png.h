// PNG, by libpng.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "nodes/imaging/codec/encoded.h"
#include "nodes/imaging/pixels/colour.h"
#include "nodes/imaging/pixels/image.h"
#include "nodes/imaging/pixels/result.h"

namespace imagemill::imaging {

// Decodes a file, not yet oriented. Palettes and tRNS expand to RGB(A) or gray+alpha; 1, 2 and 4
// bits become 8; 16 bits stay 16. Of an animation, the first frame. An RGB or gray profile that
// fits the pixels is carried; all other metadata is dropped. What follows the rows in the file, or
// is missing there, is no matter. Thread-safe, with a `tried` for each thread. Faults:
// not_an_image, corrupt, truncated, unsupported, too_many_pixels, out_of_memory, interrupted.
// `tried`: of the files before this one, for a caller that decodes many; null for one file.
Result<Image> decode_png(std::span<const std::uint8_t> file, const DecodeLimits& limits,
                         TriedProfile* tried = nullptr);

struct PngOptions {
  int level = 6;  // zlib, 0 (store) to 9 (smallest)
  GiveUp give_up = nullptr;
  // Told why the picture's profile is not embedded, if it is not; null: nobody is.
  std::function<void(std::string why)> profile_dropped = nullptr;
};

// Encodes any PixelFormat as it is; the profile is embedded, unless libpng finds fault with it.
// Thread-safe. Fault: interrupted.
Result<Bytes> encode_png(const Image& image, const PngOptions& options);

// Upper bounds for a picture of this size and format with a profile of so many bytes, in bytes: of
// what is returned, and of what encoding allocates beside it.
std::size_t png_output_bound(Size size, PixelFormat format, std::size_t profile_bytes = 0);
std::size_t png_scratch_bound(Size size, PixelFormat format, std::size_t profile_bytes = 0);

}  // namespace imagemill::imaging
