#include "nodes/imaging/resample/resample_weights.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

#include "nodes/imaging/resample/resample_kernels.h"

namespace imagemill::imaging {
namespace {

// Distances this close count as equal: far above the rounding error of a coordinate, far below a
// visible difference.
constexpr double kTolerance = 1e-9;

double support(Filter filter) {
  switch (filter) {
    case Filter::box:
      return 0.5;
    case Filter::bilinear:
      return 1;
    case Filter::mitchell:
      return 2;
    case Filter::lanczos3:
      return 3;
  }
  return 0;
}

// Filters as functions of x ≥ 0, since they are even.

double box(double x) {
  // An input on the very edge belongs half to either side, else results would depend on direction.
  if (std::abs(x - 0.5) <= kTolerance) return 0.5;
  return x < 0.5 ? 1 : 0;
}

double triangle(double x) { return x < 1 ? 1 - x : 0; }

// Mitchell & Netravali 1988, eq. 8, with B = C = 1/3.
double mitchell(double x) {
  if (x < 1) return ((7 * x - 12) * x * x + 16.0 / 3) / 6;
  if (x < 2) return (((12 - 7.0 / 3 * x) * x - 20) * x + 32.0 / 3) / 6;
  return 0;
}

struct Window {
  int begin = 0;
  int count = 0;
  int nearest = 0;  // index of the weight nearest the output's center
  double sum = 0;
  std::vector<double> weights;  // the first `count`, not normalised
};

template <class Kernel>
void evaluate(Kernel kernel, double first, double step, int count, double* values) {
  for (int i = 0; i < count; ++i) values[i] = kernel(std::abs(first + i * step));
}

// Computes one output's weights, after precompute_coeffs of Pillow's Resample.c.
void weigh(const Axis& axis, Filter filter, int output, Window& window) {
  if (axis.is_copy()) {
    window.begin = static_cast<int>(axis.origin) + output;
    window.count = 1;
    window.nearest = 0;
    window.weights[0] = window.sum = 1;
    return;
  }
  const double stretch = std::max(axis.scale(), 1.0);
  // The box alone counts inputs on its very edge.
  const double reach =
      support(filter) * stretch - 0.5 + (filter == Filter::box ? kTolerance : -kTolerance);
  const double center = axis.origin + (output + 0.5) * axis.scale();
  const double begin = std::max(std::ceil(center - 1 - reach), 0.0);
  const double end = std::min(std::floor(center + reach) + 1, double(axis.pixels));
  window.begin = static_cast<int>(begin);
  window.count = static_cast<int>(end - begin);
  window.nearest = static_cast<int>(std::clamp(center - begin, 0.0, end - begin - 1));

  const double step = 1 / stretch;
  const double first = (begin + 0.5 - center) * step;
  double* values = window.weights.data();
  switch (filter) {
    case Filter::box:
      evaluate(box, first, step, window.count, values);
      break;
    case Filter::bilinear:
      evaluate(triangle, first, step, window.count, values);
      break;
    case Filter::mitchell:
      evaluate(mitchell, first, step, window.count, values);
      break;
    case Filter::lanczos3:
      lanczos3(first, step, window.count, values);
      break;
  }
  window.sum = std::accumulate(values, values + window.count, 0.0);
}

template <class T>
Weights<T> make_table(const Axis& axis, Filter filter) {
  Weights<T> table;
  table.stride = max_taps(axis, filter);
  table.begin.resize(static_cast<std::size_t>(axis.target));
  table.count.resize(static_cast<std::size_t>(axis.target));
  table.values.resize(static_cast<std::size_t>(axis.target) * table.stride);
  return table;
}

Window make_window(int taps) {
  Window window;
  window.weights.resize(static_cast<std::size_t>(taps) + kLanczosPadding);
  return window;
}

// Rounds to kWeightBits. The nearest weight takes the error that rounding left in the sum.
void quantise(const Window& window, std::int16_t* quantised) {
  const double unit = (1 << kWeightBits) / window.sum;
  constexpr int kBias = 1 << 15;  // truncation alone would round up below zero
  for (int i = 0; i < window.count; ++i) {
    const int rounded = static_cast<int>(window.weights[i] * unit + (kBias + 0.5)) - kBias;
    quantised[i] = static_cast<std::int16_t>(rounded);
  }
  const int rest = (1 << kWeightBits) - std::accumulate(quantised, quantised + window.count, 0);
  std::int16_t& nearest = quantised[window.nearest];
  nearest = static_cast<std::int16_t>(nearest + rest);
}

}  // namespace

bool Axis::is_copy() const { return length == target && origin == std::floor(origin); }

int max_taps(const Axis& axis, Filter filter) {
  if (axis.is_copy()) return 2;
  const double window = 2 * support(filter) * std::max(axis.scale(), 1.0) + 1;
  // One more tap on either side, for a window that begins or ends at an odd input.
  const int taps = static_cast<int>(std::min(window, double(axis.pixels))) + 2;
  return round_up(taps, 2);
}

Weights<std::int16_t> integer_weights(const Axis& axis, Filter filter) {
  auto table = make_table<std::int16_t>(axis, filter);
  Window window = make_window(table.stride);
  for (int i = 0; i < axis.target; ++i) {
    weigh(axis, filter, i, window);
    const int odd = window.begin % 2;
    table.begin[i] = window.begin - odd;
    table.count[i] = round_up(odd + window.count, 2);
    quantise(window, table.values.data() + std::ptrdiff_t{i} * table.stride + odd);
  }
  return table;
}

Weights<float> float_weights(const Axis& axis, Filter filter) {
  auto table = make_table<float>(axis, filter);
  Window window = make_window(table.stride);
  for (int i = 0; i < axis.target; ++i) {
    weigh(axis, filter, i, window);
    table.begin[i] = window.begin;
    table.count[i] = window.count;
    float* values = table.values.data() + std::ptrdiff_t{i} * table.stride;
    for (int k = 0; k < window.count; ++k) {
      values[k] = static_cast<float>(window.weights[k] / window.sum);
    }
  }
  return table;
}

}  // namespace imagemill::imaging
