// Filtering in single precision, for alpha, 16 bits, and ratios too large for integers.
//
// Gives the same bytes everywhere: each output is a sum in the order of its inputs, rounded after
// every multiplication and every addition. No MulAdd here, and none by the compiler
// (-ffp-contract=off).
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nodes/imaging/resample/resample_float.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h comes first.
#include <algorithm>

#include <hwy/highway.h>

#include "nodes/imaging/resample/resample_kernels.h"

HWY_BEFORE_NAMESPACE();
namespace imagemill::imaging::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

constexpr int kStrip = kFloatStrip;
// Most taps summed in single precision. Longer sums are added up in double precision, or 16-bit
// samples would lose their last bit.
constexpr int kBlockTaps = 32;
constexpr int kWidest = 4 * kBandRows;  // samples of an output column

const hn::CappedTag<float, 16> df;  // two vectors are no wider than a strip
using V = hn::Vec<decltype(df)>;

// Converts samples to floats, colour times alpha. `count` is a multiple of the channels.
template <class Sample>
HWY_ATTR void premultiply(const Sample* from, int count, int channels, float* to) {
  for (int i = 0; i < count; ++i) to[i] = static_cast<float>(from[i]);
  if (channels % 2 != 0) return;
  for (int i = 0; i < count; i += channels) {
    const float alpha = to[i + channels - 1];
    for (int c = 0; c + 1 < channels; ++c) to[i + c] *= alpha;
  }
}

// Converts `rows` pixels of an output column to integers in place; each channel is a run of `rows`.
template <class Sample>
HWY_ATTR void unpremultiply(float* column, int channels, int rows) {
  constexpr float kMax = static_cast<float>(static_cast<Sample>(-1));
  if (channels % 2 == 0) {
    const float* alpha = column + (channels - 1) * rows;
    for (float* colour = column; colour != alpha; colour += rows) {
      for (int i = 0; i < rows; ++i) {
        colour[i] =
            alpha[i] >= 0.5F ? colour[i] / alpha[i] : 0.0F;  // without alpha there is no colour
      }
    }
  }
  for (int i = 0; i < channels * rows; ++i) {
    column[i] = std::min(std::max(column[i], 0.0F), kMax) + 0.5F;
  }
}

// Computes out[x] = the sum over k < count ≤ kBlockTaps of weights[k] · rows[k · stride + x], for x
// < width. `width` is a multiple of 32.
HWY_ATTR void accumulate_block(const float* rows, int stride, int width, const float* weights,
                               int count, float* out) {
  const int lanes = static_cast<int>(hn::Lanes(df));
  for (int x = 0; x < width; x += 2 * lanes) {
    V a = hn::Zero(df), b = a;
    for (int k = 0; k < count; ++k) {
      const V w = hn::Set(df, weights[k]);
      a = hn::Add(a, hn::Mul(w, hn::LoadU(df, rows + k * stride + x)));
      b = hn::Add(b, hn::Mul(w, hn::LoadU(df, rows + k * stride + x + lanes)));
    }
    hn::StoreU(a, df, out + x);
    hn::StoreU(b, df, out + x + lanes);
  }
}

HWY_ATTR void accumulate(const float* rows, int stride, int width, const float* weights, int count,
                         float* out) {
  if (count <= kBlockTaps) {
    accumulate_block(rows, stride, width, weights, count, out);
    return;
  }
  double sums[kWidest] = {};
  for (int k = 0; k < count; k += kBlockTaps) {
    accumulate_block(rows + static_cast<std::ptrdiff_t>(k) * stride, stride, width, weights + k,
                     std::min(kBlockTaps, count - k), out);
    for (int x = 0; x < width; ++x) sums[x] += static_cast<double>(out[x]);
  }
  for (int x = 0; x < width; ++x) out[x] = static_cast<float>(sums[x]);
}

// kRows: of a band; 0: all that the picture has, where those are fewer.
template <class Sample, int kRows>
HWY_ATTR void resample_samples(const Image& image, const Weights<float>& down,
                               const Weights<float>& along, TargetRows target, Image& out) {
  const int channels = image.format().channels;
  const int band = kRows > 0 ? kRows : out.height();
  const int pitch = channels * band;
  const int width = round_up(pitch, kBandRows);
  const std::vector<Run> runs = runs_of(along, image.width(), channels, kStrip);

  const auto prepared =
      aligned<float>(static_cast<std::size_t>(std::max(kGroupRows, down.stride)) * kStrip);
  const auto strip = aligned<float>(kBandRows * kStrip);
  // Sums work on whole vectors, which reach beyond the last column.
  const std::size_t turned_size = most_samples(runs) * static_cast<std::size_t>(band) + kBandRows;
  const auto turned = aligned<float>(turned_size);
  std::fill_n(strip.get(), kBandRows * kStrip, 0.0F);
  if (width > pitch) std::fill_n(turned.get(), turned_size, 0.0F);

  for (int y = target.begin; y < target.end; y += band) {
    const int rows = std::min(band, target.end - y);
    for (const auto& [first, outputs, begin, end] : runs) {
      for (int s = begin; s < end; s += kStrip) {
        for (int i = 0; i < rows;) {
          const Group group = group_of(down, y + i, y + rows, kGroupRows);
          for (int row = group.input_begin; row < group.input_end; ++row) {
            premultiply(reinterpret_cast<const Sample*>(image.row(row)) + s, kStrip, channels,
                        prepared.get() + (row - group.input_begin) * kStrip);
          }
          for (; y + i < group.output_end; ++i) {
            accumulate(prepared.get() + (down.begin[y + i] - group.input_begin) * kStrip, kStrip,
                       kStrip, down.of(y + i), down.count[y + i], strip.get() + i * kStrip);
          }
        }
        float* to = turned.get() + static_cast<std::size_t>(s - begin) * band;
        for (int j = 0; j < kStrip; ++j) {
          for (int i = 0; i < band; ++i) to[j * band + i] = strip[i * kStrip + j];
        }
      }

      for (int x = first; x < outputs.output_end; ++x) {
        alignas(64) float column[kWidest];
        accumulate(
            turned.get() + static_cast<std::size_t>(along.begin[x] * channels - begin) * band,
            pitch, width, along.of(x), along.count[x], column);
        unpremultiply<Sample>(column, channels, band);
        for (int i = 0; i < rows; ++i) {
          Sample* to = reinterpret_cast<Sample*>(out.mutable_row(y + i)) + x * channels;
          for (int c = 0; c < channels; ++c) to[c] = static_cast<Sample>(column[c * band + i]);
        }
      }
    }
  }
}

template <class Sample>
HWY_ATTR void resample_rows(const Image& image, const Weights<float>& down,
                            const Weights<float>& along, TargetRows target, Image& out) {
  if (out.height() < kBandRows) {
    resample_samples<Sample, 0>(image, down, along, target, out);
  } else {
    resample_samples<Sample, kBandRows>(image, down, along, target, out);
  }
}

HWY_ATTR void resample_bands(const Image& image, const Weights<float>& down,
                             const Weights<float>& along, TargetRows target, Image& out) {
  if (image.format().bits == 8) {
    resample_rows<std::uint8_t>(image, down, along, target, out);
  } else {
    resample_rows<std::uint16_t>(image, down, along, target, out);
  }
}

}  // namespace
}  // namespace imagemill::imaging::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace imagemill::imaging {

HWY_EXPORT(resample_bands);

void resample_float(const Image& image, const Weights<float>& down, const Weights<float>& along,
                    TargetRows rows, Image& out) {
  HWY_DYNAMIC_DISPATCH(resample_bands)(image, down, along, rows, out);
}

}  // namespace imagemill::imaging
#endif
