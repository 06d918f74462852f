// Filter kernels, compiled for every SIMD target and dispatched at run time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <new>

#include <hwy/aligned_allocator.h>

#include "nodes/imaging/pixels/image.h"
#include "nodes/imaging/resample/resample_weights.h"

namespace imagemill::imaging {

// Both kernels work in bands of kBandRows output rows. They filter down the columns first, strip by
// strip. Then the band is transposed, so that its rows are the SIMD lanes, and filtered along the
// rows. In a very wide picture a band is transposed in runs of columns. A run holds kRunSamples
// samples in a row, or as many as kRunOutputs outputs need.
inline constexpr int kBandRows = 32;
inline constexpr int kRunSamples = 1 << 16;
inline constexpr int kRunOutputs = 8;  // outputs written at once

// Samples in a strip: at most a cache line, so that reading whole strips never leaves a row's
// stride.
inline constexpr int kIntegerStrip = 64;
inline constexpr int kFloatStrip = 32;

// Source rows of a strip prepared together, to fit the L1 cache if the taps do.
inline constexpr int kGroupRows = 128;

// Allocates aligned scratch memory for SIMD. Throws std::bad_alloc.
template <class T>
hwy::AlignedFreeUniquePtr<T[]> aligned(std::size_t count) {
  auto memory = hwy::AllocateAligned<T>(count);
  if (!memory) throw std::bad_alloc();
  return memory;
}

// Rows [begin, end) of the target, in whole bands except the last: begin is a multiple of
// kBandRows.
struct TargetRows {
  int begin;
  int end;
};

// Both kernels fill only the given rows, so threads may fill other rows meanwhile.

// Filters 8 bits without alpha. Requires: the axes' taps ≤ kMaxIntegerTaps.
void resample_integer(const Image& image, const Weights<std::int16_t>& down,
                      const Weights<std::int16_t>& along, TargetRows rows, Image& out);

// Most taps of integer filtering: with more, weights of kWeightBits become too coarse.
inline constexpr int kMaxIntegerTaps = 512;

// Filters any format.
void resample_float(const Image& image, const Weights<float>& down, const Weights<float>& along,
                    TargetRows rows, Image& out);

// Computes values[i] = sinc(x) · sinc(x / 3) at x = |first + i · step| for i < count; 0 if x ≥ 3.
// Writes up to kLanczosPadding - 1 values more.
inline constexpr int kLanczosPadding = 8;
void lanczos3(double first, double step, int count, double* values);

// A run of outputs and all the inputs that contribute to them.
struct Group {
  int output_end;
  int input_begin;
  int input_end;
};

// As many of the outputs [begin, end) as together need at most `most_inputs`, but at least one.
// Requires: windows begin and end in the order of their outputs.
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

// A run of outputs [begin, outputs.output_end), and the samples of its inputs in whole strips.
struct Run {
  int begin;
  Group outputs;
  int samples_begin;
  int samples_end;

  int samples() const { return samples_end - samples_begin; }
};

// Splits all outputs of an axis of `pixels` inputs into runs that begin at multiples of
// kRunOutputs.
template <class T>
std::vector<Run> runs_of(const Weights<T>& along, int pixels, int channels, int strip) {
  std::vector<Run> runs;
  for (int begin = 0; begin < along.outputs(); begin = runs.back().outputs.output_end) {
    Group group = group_of(along, begin, along.outputs(), kRunSamples / channels);
    if (group.output_end < along.outputs()) {
      const int whole = std::max(begin + kRunOutputs, group.output_end / kRunOutputs * kRunOutputs);
      const int last = std::min(whole, along.outputs()) - 1;
      group = {last + 1, group.input_begin, along.begin[last] + along.count[last]};
    }
    runs.push_back({begin, group, group.input_begin * channels / strip * strip,
                    round_up(std::min(group.input_end, pixels) * channels, strip)});
  }
  return runs;
}

// Samples of the longest run.
inline std::size_t most_samples(const std::vector<Run>& runs) {
  int most = 0;
  for (const Run& run : runs) most = std::max(most, run.samples());
  return static_cast<std::size_t>(most);
}

}  // namespace imagemill::imaging
