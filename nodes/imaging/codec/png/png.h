// PNG, by libpng.
#pragma once

#include <span>

#include "nodes/imaging/codec/codec.h"
#include "nodes/imaging/pixels/colour.h"
#include "nodes/imaging/pixels/image.h"
#include "nodes/imaging/pixels/result.h"

namespace imagemill::imaging {

// The row of the table.
Codec png_codec();

// Decodes a file, not yet oriented. Palettes and tRNS expand to RGB(A) or gray+alpha; 1, 2 and 4
// bits become 8; 16 bits stay 16. An animation yields its first frame. An RGB or gray profile that
// fits the pixels is carried; all other metadata is dropped. Data after the rows is ignored,
// whether present or missing. `tried` caches profile verdicts for a caller that decodes many files;
// null caches none. Thread-safe, with a `tried` for each thread. Faults: not_an_image, corrupt,
// truncated, unsupported, too_many_pixels, out_of_memory, interrupted.
Result<Image> decode_png(std::span<const std::uint8_t> file, const DecodeLimits& limits,
                         TriedProfile* tried = nullptr);

// Encodes any PixelFormat as it is. The profile is embedded unless libpng finds fault with it.
// `level` is zlib's. Thread-safe. Faults: unsupported, interrupted.
Result<Bytes> encode_png(const Image& image, const EncodeOptions& options);

// As Codec::encode_bounds.
EncodeBounds png_bounds(Size size, PixelFormat format, const EncodeOptions& options,
                        std::size_t profile_bytes);

}  // namespace imagemill::imaging
