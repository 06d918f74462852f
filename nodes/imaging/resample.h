// Resampling: separable filters, the way every reference implementation does it.
#pragma once

#include "nodes/imaging/image.h"

namespace imagemill::imaging {

// Reconstruction filters by their support in source pixels at scale 1 (when shrinking, support and
// filter stretch by the scale, so that every source pixel counts).
//   box 0.5 · bilinear (triangle) 1 · mitchell (B = C = 1/3) 2 · lanczos3 3
// Mitchell & Netravali, "Reconstruction Filters in Computer Graphics", SIGGRAPH 1988; Turkowski,
// "Filters for Common Resampling Tasks", 1990.
enum class Filter { box, bilinear, mitchell, lanczos3 };

// The part `source` of the image, scaled to `target`. Alpha is premultiplied while it is filtered.
// Edges are handled by renormalising the weights to the pixels that exist. The profile is carried.
// Requires: source inside the image with positive sides; target sides ≥ 1.
//
// The same bytes on every SIMD target: 8-bit images without alpha are filtered in integers (weights
// of 14 bits, an intermediate with 6 fractional bits), all others in single precision, without
// fused multiply-add, each output a sum in a fixed order. Cost: O(source rows × source width ×
// taps); allocates target height × source width × channels once.
Image resample(const Image& image, const Box& source, Size target, Filter filter);

// What resample allocates beside its output, in bytes.
std::size_t resample_scratch_bytes(PixelFormat format, Size source, Size target);

}  // namespace imagemill::imaging
