// Filtering of 8-bit samples without alpha, in integers.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nodes/imaging/resample/resample_integer.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h comes first.
#include <algorithm>
#include <cstring>

#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include "nodes/imaging/resample/resample_kernels.h"

HWY_BEFORE_NAMESPACE();
namespace imagemill::imaging::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

constexpr int kStrip = kIntegerStrip;
constexpr int kWidest = std::max(kStrip, 3 * kBandRows);
constexpr int kFractionBits = 6;  // of the samples between the two passes

// Plain loops for the compiler to vectorise, where vectors are not made of 128-bit blocks:
// Highway's scalar fallback, and vectors whose length is known only at run time (SVE, RVV).
#if HWY_TARGET == HWY_SCALAR || HWY_HAVE_SCALABLE

template <class In>
void interleave(const In* a, const In* b, int width, std::int16_t* to) {
  for (int x = 0; x < width; ++x) {
    to[2 * x] = a[x];
    to[2 * x + 1] = b[x];
  }
}

void store(std::int32_t sum, std::int16_t* to) {
  constexpr int kShift = kWeightBits - kFractionBits;
  *to = static_cast<std::int16_t>(std::clamp((sum + (1 << (kShift - 1))) >> kShift, -32768, 32767));
}

void store(std::int32_t sum, std::uint8_t* to) {
  constexpr int kShift = kWeightBits + kFractionBits;
  *to = static_cast<std::uint8_t>(std::clamp((sum + (1 << (kShift - 1))) >> kShift, 0, 255));
}

template <class Out>
void accumulate(const std::int16_t* pairs, int width, const std::int16_t* weights, int count,
                Out* out) {
  std::int32_t sums[kWidest] = {};
  for (int k = 0; k < count; k += 2, pairs += 2 * width) {
    for (int x = 0; x < width; ++x) {
      sums[x] += pairs[2 * x] * weights[k] + pairs[2 * x + 1] * weights[k + 1];
    }
  }
  for (int x = 0; x < width; ++x) store(sums[x], out + x);
}

void transpose_block(const std::int16_t* from, std::size_t from_stride, std::int16_t* to,
                     std::size_t to_stride) {
  for (int j = 0; j < 8; ++j) {
    for (int i = 0; i < 8; ++i) to[j * to_stride + i] = from[i * from_stride + j];
  }
}

void transpose_block(const std::uint8_t* from, std::size_t from_stride, int rows, std::uint8_t* to,
                     std::size_t to_stride) {
  for (int j = 0; j < rows; ++j) {
    for (int i = 0; i < 8; ++i) to[j * to_stride + i] = from[i * from_stride + j];
  }
}

#else

const hn::ScalableTag<std::int32_t> d32;
const hn::Repartition<std::int16_t, decltype(d32)> d16;
const hn::Rebind<std::uint8_t, decltype(d16)> d8;
const hn::CappedTag<std::int16_t, 8> block16;
const hn::CappedTag<std::uint8_t, 16> block8;
using V32 = hn::Vec<decltype(d32)>;
using V16 = hn::Vec<decltype(d16)>;
constexpr int kLanes = static_cast<int>(hn::MaxLanes(d32));

HWY_ATTR V16 load(const std::uint8_t* from) { return hn::PromoteTo(d16, hn::LoadU(d8, from)); }
HWY_ATTR V16 load(const std::int16_t* from) { return hn::LoadU(d16, from); }

// Interleaves rows a and b, so that one multiply-add serves both. Order within `to` follows the
// 128-bit blocks of the vectors; store() restores it.
template <class In>
HWY_ATTR void interleave(const In* a, const In* b, int width, std::int16_t* to) {
  for (int x = 0; x < width; x += 2 * kLanes) {
    const V16 va = load(a + x);
    const V16 vb = load(b + x);
    hn::Store(hn::InterleaveLower(d16, va, vb), d16, to + 2 * x);
    hn::Store(hn::InterleaveUpper(d16, va, vb), d16, to + 2 * x + 2 * kLanes);
  }
}

HWY_ATTR void store(V32 lower, V32 upper, std::int16_t* to) {
  constexpr int kShift = kWeightBits - kFractionBits;
  const V32 half = hn::Set(d32, 1 << (kShift - 1));
  lower = hn::ShiftRight<kShift>(hn::Add(lower, half));
  upper = hn::ShiftRight<kShift>(hn::Add(upper, half));
  hn::StoreU(hn::ReorderDemote2To(d16, lower, upper), d16, to);
}

HWY_ATTR void store(V32 lower, V32 upper, std::uint8_t* to) {
  constexpr int kShift = kWeightBits + kFractionBits;
  const V32 half = hn::Set(d32, 1 << (kShift - 1));
  lower = hn::ShiftRight<kShift>(hn::Add(lower, half));
  upper = hn::ShiftRight<kShift>(hn::Add(upper, half));
  hn::StoreU(hn::DemoteTo(d8, hn::ReorderDemote2To(d16, lower, upper)), d8, to);
}

// Computes one output row of `width` samples, a multiple of 2 · kLanes, from `count` rows in pairs.
template <class Out>
HWY_ATTR void accumulate(const std::int16_t* pairs, int width, const std::int16_t* weights,
                         int count, Out* out) {
  int x = 0;
  for (; x + 4 * kLanes <= width; x += 4 * kLanes) {
    const std::int16_t* from = pairs + 2 * x;
    V32 a = hn::Zero(d32), b = a, c = a, d = a;
    V32 a2 = a, b2 = a, c2 = a, d2 = a;  // unused on x86
    for (int k = 0; k < count; k += 2, from += 2 * width) {
      std::int32_t weight_pair;
      std::memcpy(&weight_pair, weights + k, sizeof(weight_pair));
      const V16 w = hn::BitCast(d16, hn::Set(d32, weight_pair));
      a = hn::ReorderWidenMulAccumulate(d32, hn::Load(d16, from), w, a, a2);
      b = hn::ReorderWidenMulAccumulate(d32, hn::Load(d16, from + 2 * kLanes), w, b, b2);
      c = hn::ReorderWidenMulAccumulate(d32, hn::Load(d16, from + 4 * kLanes), w, c, c2);
      d = hn::ReorderWidenMulAccumulate(d32, hn::Load(d16, from + 6 * kLanes), w, d, d2);
    }
    store(hn::RearrangeToOddPlusEven(a, a2), hn::RearrangeToOddPlusEven(b, b2), out + x);
    store(hn::RearrangeToOddPlusEven(c, c2), hn::RearrangeToOddPlusEven(d, d2),
          out + x + 2 * kLanes);
  }
  for (; x < width; x += 2 * kLanes) {
    const std::int16_t* from = pairs + 2 * x;
    V32 a = hn::Zero(d32), b = a;
    V32 a2 = a, b2 = a;
    for (int k = 0; k < count; k += 2, from += 2 * width) {
      std::int32_t weight_pair;
      std::memcpy(&weight_pair, weights + k, sizeof(weight_pair));
      const V16 w = hn::BitCast(d16, hn::Set(d32, weight_pair));
      a = hn::ReorderWidenMulAccumulate(d32, hn::Load(d16, from), w, a, a2);
      b = hn::ReorderWidenMulAccumulate(d32, hn::Load(d16, from + 2 * kLanes), w, b, b2);
    }
    store(hn::RearrangeToOddPlusEven(a, a2), hn::RearrangeToOddPlusEven(b, b2), out + x);
  }
}

// Transposes 8 × 8 samples: to[j][i] = from[i][j].
HWY_ATTR void transpose_block(const std::int16_t* from, std::size_t from_stride, std::int16_t* to,
                              std::size_t to_stride) {
  const auto row = [&](std::size_t i)
                       HWY_ATTR { return hn::LoadU(block16, from + i * from_stride); };
  const auto r0 = row(0), r1 = row(1), r2 = row(2), r3 = row(3);
  const auto r4 = row(4), r5 = row(5), r6 = row(6), r7 = row(7);
  const auto s0 = hn::InterleaveLower(r0, r4), s1 = hn::InterleaveUpper(block16, r0, r4);
  const auto s2 = hn::InterleaveLower(r2, r6), s3 = hn::InterleaveUpper(block16, r2, r6);
  const auto s4 = hn::InterleaveLower(r1, r5), s5 = hn::InterleaveUpper(block16, r1, r5);
  const auto s6 = hn::InterleaveLower(r3, r7), s7 = hn::InterleaveUpper(block16, r3, r7);
  const auto t0 = hn::InterleaveLower(s0, s2), t1 = hn::InterleaveUpper(block16, s0, s2);
  const auto t2 = hn::InterleaveLower(s1, s3), t3 = hn::InterleaveUpper(block16, s1, s3);
  const auto t4 = hn::InterleaveLower(s4, s6), t5 = hn::InterleaveUpper(block16, s4, s6);
  const auto t6 = hn::InterleaveLower(s5, s7), t7 = hn::InterleaveUpper(block16, s5, s7);
  hn::StoreU(hn::InterleaveLower(t0, t4), block16, to);
  hn::StoreU(hn::InterleaveUpper(block16, t0, t4), block16, to + to_stride);
  hn::StoreU(hn::InterleaveLower(t1, t5), block16, to + 2 * to_stride);
  hn::StoreU(hn::InterleaveUpper(block16, t1, t5), block16, to + 3 * to_stride);
  hn::StoreU(hn::InterleaveLower(t2, t6), block16, to + 4 * to_stride);
  hn::StoreU(hn::InterleaveUpper(block16, t2, t6), block16, to + 5 * to_stride);
  hn::StoreU(hn::InterleaveLower(t3, t7), block16, to + 6 * to_stride);
  hn::StoreU(hn::InterleaveUpper(block16, t3, t7), block16, to + 7 * to_stride);
}

// Writes the first `rows` rows (≤ 8) of the transpose of 8 × 8 samples.
HWY_ATTR void transpose_block(const std::uint8_t* from, std::size_t from_stride, int rows,
                              std::uint8_t* to, std::size_t to_stride) {
  const hn::Half<decltype(block8)> half8;
  const auto row = [&](std::size_t i) HWY_ATTR {
    return hn::ZeroExtendVector(block8, hn::LoadU(half8, from + i * from_stride));
  };
  const auto s0 = hn::InterleaveLower(row(0), row(4)), s1 = hn::InterleaveLower(row(1), row(5));
  const auto s2 = hn::InterleaveLower(row(2), row(6)), s3 = hn::InterleaveLower(row(3), row(7));
  const auto t0 = hn::InterleaveLower(s0, s2), t1 = hn::InterleaveUpper(block8, s0, s2);
  const auto t2 = hn::InterleaveLower(s1, s3), t3 = hn::InterleaveUpper(block8, s1, s3);
  alignas(16) std::uint8_t turned[64];
  hn::Store(hn::InterleaveLower(t0, t2), block8, turned);
  hn::Store(hn::InterleaveUpper(block8, t0, t2), block8, turned + 16);
  hn::Store(hn::InterleaveLower(t1, t3), block8, turned + 32);
  hn::Store(hn::InterleaveUpper(block8, t1, t3), block8, turned + 48);
  for (int i = 0; i < rows; ++i) std::memcpy(to + i * to_stride, turned + 8 * i, 8);
}

#endif  // HWY_TARGET == HWY_SCALAR || HWY_HAVE_SCALABLE

// Rows that lie `stride` samples apart; the first is row `first` of `total`.
template <class T>
struct Rows {
  const T* data;
  std::size_t stride;
  int first;
  int total;

  const T* at(int row) const {
    return data + stride * static_cast<std::size_t>(std::min(row, total - 1) - first);
  }
};

// Computes outputs [begin, end) of a column of rows, `width` samples wide.
template <class In, class Out>
HWY_ATTR void filter(const Rows<In>& in, int width, const Weights<std::int16_t>& weights, int begin,
                     int end, std::int16_t* pairs, Out* out, std::size_t out_stride) {
  while (begin < end) {
    const Group group = group_of(weights, begin, end, kGroupRows);
    for (int row = group.input_begin; row < group.input_end; row += 2) {
      if constexpr (sizeof(In) == 1) {
        // Prefetch of the next strip, whose cache lines lie a row apart: no hardware prefetcher
        // follows.
        hwy::Prefetch(in.at(row) + width);
        hwy::Prefetch(in.at(row + 1) + width);
      }
      interleave(in.at(row), in.at(row + 1), width, pairs + (row - group.input_begin) * width);
    }
    for (; begin < group.output_end; ++begin, out += out_stride) {
      accumulate(pairs + (weights.begin[begin] - group.input_begin) * width, width,
                 weights.of(begin), weights.count[begin], out);
    }
  }
}

int most_made(const std::vector<Run>& runs) {
  int most = 0;
  for (const Run& run : runs) most = std::max(most, run.outputs.output_end - run.begin);
  return most;
}

HWY_ATTR void resample_bands(const Image& image, const Weights<std::int16_t>& down,
                             const Weights<std::int16_t>& along, TargetRows target, Image& out) {
  const int channels = image.format().channels;
  const int pitch = channels * kBandRows;
  const std::vector<Run> runs = runs_of(along, image.width(), channels, kStrip);

  const auto pairs = aligned<std::int16_t>(static_cast<std::size_t>(kWidest) *
                                           std::max({kGroupRows, down.stride, along.stride}));
  const auto strip = aligned<std::int16_t>(kBandRows * kStrip);
  const auto turned = aligned<std::int16_t>(most_samples(runs) * kBandRows);
  const auto result =
      aligned<std::uint8_t>(static_cast<std::size_t>(most_made(runs) * channels + 7) * kBandRows);
  std::fill_n(strip.get(), kBandRows * kStrip, std::int16_t{0});

  for (int y = target.begin; y < target.end; y += kBandRows) {
    const int rows = std::min(kBandRows, target.end - y);
    for (const auto& [begin, outputs, samples_begin, samples_end] : runs) {
      for (int s = samples_begin; s < samples_end; s += kStrip) {
        const Rows<std::uint8_t> in{image.row(0) + s, image.stride(), 0, image.height()};
        filter(in, kStrip, down, y, y + rows, pairs.get(), strip.get(), kStrip);
        std::int16_t* to = turned.get() + static_cast<std::size_t>(s - samples_begin) * kBandRows;
        for (int j = 0; j < kStrip; j += 8) {
          for (int i = 0; i < kBandRows; i += 8) {
            transpose_block(strip.get() + i * kStrip + j, kStrip, to + j * kBandRows + i,
                            kBandRows);
          }
        }
      }

      const int first = outputs.input_begin;
      const Rows<std::int16_t> in{turned.get() + (first * channels - samples_begin) * kBandRows,
                                  static_cast<std::size_t>(pitch), first, image.width()};
      filter(in, pitch, along, begin, outputs.output_end, pairs.get(), result.get(),
             static_cast<std::size_t>(pitch));

      // Samples written beyond a run's end are overwritten by the next run.
      const int made = (outputs.output_end - begin) * channels;
      std::fill_n(result.get() + std::size_t(made) * kBandRows, 7 * kBandRows, std::uint8_t{0});
      for (int i = 0; i < rows; i += 8) {
        std::uint8_t* to = out.mutable_row(y + i) + static_cast<std::ptrdiff_t>(begin) * channels;
        for (int j = 0; j < made; j += 8) {
          transpose_block(result.get() + j * kBandRows + i, kBandRows, std::min(8, rows - i),
                          to + j, out.stride());
        }
      }
    }
  }
}

}  // namespace
}  // namespace imagemill::imaging::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace imagemill::imaging {

HWY_EXPORT(resample_bands);

void resample_integer(const Image& image, const Weights<std::int16_t>& down,
                      const Weights<std::int16_t>& along, TargetRows rows, Image& out) {
  HWY_DYNAMIC_DISPATCH(resample_bands)(image, down, along, rows, out);
}

}  // namespace imagemill::imaging
#endif
