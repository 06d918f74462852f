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
// bits become 8; 16 bits stay 16. An animation yields its first frame. An RGB or gray profile that
// fits the pixels is carried; all other metadata is dropped. Data after the rows is ignored,
// whether present or missing. `tried` caches profile verdicts for a caller that decodes many files;
// null caches none. Thread-safe, with a `tried` for each thread. Faults: not_an_image, corrupt,
// truncated, unsupported, too_many_pixels, out_of_memory, interrupted.
Result<Image> decode_png(std::span<const std::uint8_t> file, const DecodeLimits& limits,
                         TriedProfile* tried = nullptr);

struct PngOptions {
  int level = 6;  // zlib, 0 (store) to 9 (smallest)
  GiveUp give_up = nullptr;
  // Called with the reason if the picture's profile is not embedded; null skips the call.
  std::function<void(std::string why)> profile_dropped = nullptr;
};

// Encodes any PixelFormat as it is. The profile is embedded unless libpng finds fault with it.
// Thread-safe. Fault: interrupted.
Result<Bytes> encode_png(const Image& image, const PngOptions& options);

// Upper bound of the encoded file, in bytes, for a picture of this size and format with a profile
// of `profile_bytes`.
std::size_t png_output_bound(Size size, PixelFormat format, std::size_t profile_bytes = 0);
// Upper bound of what encoding allocates beside the file, in bytes, for the same arguments.
std::size_t png_scratch_bound(Size size, PixelFormat format, std::size_t profile_bytes = 0);

}  // namespace imagemill::imaging
