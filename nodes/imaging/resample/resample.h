// Resampling: separable filters, the way every reference implementation does it.
#pragma once

#include <functional>
#include <memory>

#include "nodes/imaging/pixels/image.h"
#include "nodes/imaging/pixels/result.h"

namespace imagemill::imaging {

// Reconstruction filters by their support in source pixels at scale 1 (when shrinking, support and
// filter stretch by the scale, so that every source pixel counts).
//   box 0.5 · bilinear (triangle) 1 · mitchell (B = C = 1/3) 2 · lanczos3 3
// Mitchell & Netravali, "Reconstruction Filters in Computer Graphics", SIGGRAPH 1988; Turkowski,
// "Filters for Common Resampling Tasks", 1990.
enum class Filter { box, bilinear, mitchell, lanczos3 };

// Runs piece(0) to piece(count - 1), in any order and on any threads, and returns when all are
// done.
using Split = std::function<void(int count, const std::function<void(int)>& piece)>;

// The filter weights of earlier calls, for a caller that scales many pictures of few sizes: those
// in integers, of 8-bit images without alpha. Holds at most 32 axes of at most 2,048 outputs. Not
// thread-safe: one for each thread.
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

// The part `source` of the image, scaled to `target`. Alpha is premultiplied while it is filtered.
// Edges are handled by renormalising the weights to the pixels that exist. The profile is carried.
// Requires: source inside the image with positive sides; target sides ≥ 1. From 0 on, a source may
// also be twice the target where that is one pixel more than an odd image has: it is halved
// exactly, the last output being made of the pixels that exist.
//
// The same bytes on every SIMD target: 8-bit images without alpha are filtered in integers (weights
// of 14 bits, an intermediate with 6 fractional bits, not clamped between the passes), all others,
// and ratios too large for such weights, in single precision, without fused multiply-add, each
// output a sum in a fixed order. An axis that keeps its pixels (target = source length, at a whole
// origin) is not filtered; where both do, the pixels are shared. Cost: O(target rows × source width
// × taps). Works in bands of 32 target rows and, beyond 65,536 samples, in runs of columns: its
// memory depends on the sides and on the filter's support, not on their product. Large pictures are
// handed to `split` in up to kMaxPieces pieces, each some of the bands; the bytes are the same.
// Asks `give_up`, on any of the threads, every few bands: what it returns then is unfinished.
Image resample(const Image& image, const Box& source, Size target, Filter filter,
               ResampleCache& cache, const Split& split, const GiveUp& give_up = nullptr);
Image resample(const Image& image, const Box& source, Size target, Filter filter,
               ResampleCache& cache);
Image resample(const Image& image, const Box& source, Size target, Filter filter);

inline constexpr int kMaxPieces = 4;

// The most that resample allocates beside its output, in bytes, for any filter and any part of an
// image of size `source`.
std::size_t resample_scratch_bytes(PixelFormat format, Size source, Size target);

}  // namespace imagemill::imaging
