// Resampling with separable filters.
#pragma once

#include <functional>
#include <memory>

#include "nodes/imaging/pixels/image.h"
#include "nodes/imaging/pixels/result.h"

namespace imagemill::imaging {

// Reconstruction filters, with their support in source pixels at scale 1:
//   box 0.5 · bilinear (triangle) 1 · mitchell (B = C = 1/3) 2 · lanczos3 3
// When shrinking, support and filter stretch by the scale, so that every source pixel counts.
// Mitchell & Netravali, "Reconstruction Filters in Computer Graphics", SIGGRAPH 1988; Turkowski,
// "Filters for Common Resampling Tasks", 1990.
enum class Filter { box, bilinear, mitchell, lanczos3 };

// Runs piece(0) to piece(count - 1), in any order and on any threads. Returns when all are done.
using Split = std::function<void(int count, const std::function<void(int)>& piece)>;

// Cache of filter weights, for a caller that scales many pictures of few sizes. Keeps only integer
// weights: those of 8-bit images without alpha. Holds at most 32 axes of at most 2,048 outputs. Not
// thread-safe: use one for each thread.
class ResampleCache {
 public:
  ResampleCache();
  ~ResampleCache();
  ResampleCache(ResampleCache&&) noexcept;
  ResampleCache& operator=(ResampleCache&&) noexcept;

 private:
  friend Image resample(const Image&, const Box&, Size, Filter, ResampleCache&, const Split&,
                        const GiveUp&);
  struct State;
  std::unique_ptr<State> state_;
};

// Scales the part `source` of the image to `target`. Alpha is premultiplied while it is filtered.
// At edges the weights are renormalised to the pixels that exist. The profile is carried. Requires:
// source inside the image with positive sides; target sides ≥ 1. One exception halves an odd image
// exactly: a source from 0 on may be twice the target, one pixel more than the image has. The last
// output is then made of the pixels that exist.
//
// Gives the same bytes on every SIMD target. 8-bit images without alpha are filtered in integers:
// weights of 14 bits, an intermediate with 6 fractional bits, not clamped between the passes. All
// other images, and ratios too large for such weights, use single precision without fused
// multiply-add; each output is a sum in a fixed order.
//
// An axis that keeps its pixels (target = source length, at a whole origin) is not filtered; if
// both do, the pixels are shared. Cost: O(target rows × source width × taps). Works in bands of 32
// target rows and, beyond 65,536 samples, in runs of columns. Memory depends on the sides and the
// filter's support, not on the product of the sides.
//
// Large pictures are handed to `split` in up to kMaxPieces pieces, each some of the bands; the
// bytes are the same. `give_up` is called on any of the threads, every few bands. Once it returns
// true, the returned image is unfinished.
Image resample(const Image& image, const Box& source, Size target, Filter filter,
               ResampleCache& cache, const Split& split, const GiveUp& give_up = nullptr);
Image resample(const Image& image, const Box& source, Size target, Filter filter,
               ResampleCache& cache);
Image resample(const Image& image, const Box& source, Size target, Filter filter);

// Most pieces that resample hands to `split`.
inline constexpr int kMaxPieces = 4;

// Upper bound of what resample allocates beside its output, in bytes, for any filter and any part
// of an image of size `source`.
std::size_t resample_scratch_bytes(PixelFormat format, Size source, Size target);

}  // namespace imagemill::imaging
