// The weights of one axis of a separable resampling.
#pragma once

#include <compare>
#include <cstdint>
#include <vector>

#include "nodes/imaging/resample/resample.h"

namespace imagemill::imaging {

// Output i is the sum over k < count[i] of values[i · stride + k] · input[begin[i] + k].
template <class T>
struct Weights {
  std::vector<int> begin;
  std::vector<int> count;
  std::vector<T> values;
  int stride = 0;

  int outputs() const { return static_cast<int>(begin.size()); }
  const T* of(int output) const {
    return values.data() + static_cast<std::size_t>(output) * stride;
  }
};

// An axis to resample: `target` outputs over [origin, origin + length) of `pixels` inputs.
struct Axis {
  double origin = 0;
  double length = 0;
  int pixels = 0;
  int target = 0;

  auto operator<=>(const Axis&) const = default;  // NOLINT: clang-tidy 14 sees a null pointer here

  double scale() const { return length / target; }
  // True if the outputs are a run of the inputs, unfiltered.
  bool is_copy() const;
};

// Upper bound of the inputs to one output, rounded up to a multiple of two.
int max_taps(const Axis& axis, Filter filter);

// Integer weights: they have kWeightBits fractional bits and sum to exactly 1 << kWeightBits. begin
// and count are even, so the last input may lie one past the axis's end, with weight 0.
inline constexpr int kWeightBits = 14;
Weights<std::int16_t> integer_weights(const Axis& axis, Filter filter);

Weights<float> float_weights(const Axis& axis, Filter filter);

}  // namespace imagemill::imaging
