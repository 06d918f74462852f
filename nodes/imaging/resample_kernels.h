// The filtering itself, compiled for every SIMD target and dispatched at run time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <new>

#include <hwy/aligned_allocator.h>

#include "nodes/imaging/image.h"
#include "nodes/imaging/resample_weights.h"

namespace imagemill::imaging {

// Both filter in bands of this many output rows, first down the columns, strip by strip, then (the
// band turned, so that the SIMD lanes are its rows) along the rows.
inline constexpr int kBandRows = 32;

// Samples in a strip: no more than a cache line, so that reading whole strips never leaves a row's
// stride.
inline constexpr int kIntegerStrip = 64;
inline constexpr int kFloatStrip = 32;

// Source rows of a strip that are prepared together: what fits the L1 cache, if the taps do.
inline constexpr int kGroupRows = 128;

// Scratch for SIMD. Throws std::bad_alloc.
template <class T>
hwy::AlignedFreeUniquePtr<T[]> aligned(std::size_t count) {
  auto memory = hwy::AllocateAligned<T>(count);
  if (!memory) throw std::bad_alloc();
  return memory;
}

// Rows [begin, end) of the target, whole bands but for the last: begin is a multiple of kBandRows.
struct TargetRows {
  int begin;
  int end;
};

// Both fill these rows, whatever else is filled meanwhile.

// 8 bits, no alpha. Requires: the axes' taps ≤ kMaxIntegerTaps.
void resample_integer(const Image& image, const Weights<std::int16_t>& down,
                      const Weights<std::int16_t>& along, TargetRows rows, Image& out);

// With more taps than this, weights of kWeightBits become too coarse.
inline constexpr int kMaxIntegerTaps = 512;

// Any format.
void resample_float(const Image& image, const Weights<float>& down, const Weights<float>& along,
                    TargetRows rows, Image& out);

// values[i] = sinc(x) · sinc(x / 3) at x = |first + i · step| for i < count; 0 where x ≥ 3. Writes
// up to kLanczosPadding - 1 values more.
inline constexpr int kLanczosPadding = 8;
void lanczos3(double first, double step, int count, double* values);

// A run of outputs and all the inputs that they are made of.
struct Group {
  int output_end;
  int input_begin;
  int input_end;
};

// As many of the outputs [begin, end) as together need no more than `most_inputs`, but at least
// one. Windows begin and end in the order of their outputs.
template <class T>
Group group_of(const Weights<T>& weights, int begin, int end, int most_inputs) {
  const auto input_end = [&](int output) { return weights.begin[output] + weights.count[output]; };
  Group group{begin + 1, weights.begin[begin], input_end(begin)};
  while (group.output_end < end && input_end(group.output_end) - group.input_begin <= most_inputs) {
    group.input_end = std::max(group.input_end, input_end(group.output_end));
    ++group.output_end;
  }
  return group;
}

inline int round_up(int value, int step) { return (value + step - 1) / step * step; }

}  // namespace imagemill::imaging
