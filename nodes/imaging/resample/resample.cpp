#include "nodes/imaging/resample/resample.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <utility>

#include "nodes/imaging/resample/resample_kernels.h"

namespace imagemill::imaging {
namespace {

Image crop(const Image& image, int x, int y, Size size) {
  Image out(size, image.format());
  const std::size_t pixel = image.format().bytes_per_pixel();
  for (int i = 0; i < size.height; ++i) {
    std::memcpy(out.mutable_row(i), image.row(y + i) + x * pixel, size.width * pixel);
  }
  return out;
}

// Smallest picture that is worth the threads.
constexpr std::int64_t kSplitFrom = 2'000'000;  // source pixels

int pieces_of(Size source, Size target) {
  const int bands = (target.height + kBandRows - 1) / kBandRows;
  return std::int64_t{source.width} * source.height < kSplitFrom ? 1 : std::min(kMaxPieces, bands);
}

// Whether integer filtering is possible.
bool is_exact(PixelFormat format, int taps_along, int taps_down) {
  return format.bits == 8 && !format.has_alpha() &&
         std::max(taps_along, taps_down) <= kMaxIntegerTaps;
}

void one_by_one(int count, const std::function<void(int)>& piece) {
  for (int i = 0; i < count; ++i) piece(i);
}

// Fills all rows of `out` by `fill_rows(rows)`.
template <class FillRows>
void in_pieces(Size source, const Image& out, const Split& split, const GiveUp& give_up,
               const FillRows& fill_rows) {
  constexpr int kRowsUnasked = 8 * kBandRows;
  const auto fill = [&](TargetRows rows) {
    if (!give_up) return fill_rows(rows);
    for (int row = rows.begin; row < rows.end && !give_up(); row += kRowsUnasked) {
      fill_rows(TargetRows{row, std::min(row + kRowsUnasked, rows.end)});
    }
  };
  const int pieces = pieces_of(source, out.size());
  if (pieces == 1) return fill(TargetRows{0, out.height()});
  const int bands = (out.height() + kBandRows - 1) / kBandRows;
  split(pieces, [&](int piece) {
    const auto row = [&](int i) { return std::min(out.height(), bands * i / pieces * kBandRows); };
    fill(TargetRows{row(piece), row(piece + 1)});
  });
}

}  // namespace

struct ResampleCache::State {
  static constexpr std::size_t kAxes = 32;
  static constexpr int kOutputs = 2048;

  const Weights<std::int16_t>& weights(const Axis& axis, Filter filter) {
    const std::pair key(axis, filter);
    auto entry = known.find(key);
    // The weights are computed before the cache keeps them, so kept weights are whole.
    if (entry == known.end()) entry = known.emplace(key, integer_weights(axis, filter)).first;
    return entry->second;
  }

  std::map<std::pair<Axis, Filter>, Weights<std::int16_t>> known;
};

ResampleCache::ResampleCache() : state_(std::make_unique<State>()) {}
ResampleCache::~ResampleCache() = default;
ResampleCache::ResampleCache(ResampleCache&&) noexcept = default;
ResampleCache& ResampleCache::operator=(ResampleCache&&) noexcept = default;

Image resample(const Image& image, const Box& source, Size target, Filter filter) {
  ResampleCache cache;
  return resample(image, source, target, filter, cache);
}

Image resample(const Image& image, const Box& source, Size target, Filter filter,
               ResampleCache& cache) {
  return resample(image, source, target, filter, cache, one_by_one);
}

Image resample(const Image& image, const Box& source, Size target, Filter filter,
               ResampleCache& cache, const Split& split, const GiveUp& give_up) {
  const Axis along{source.x, source.width, image.width(), target.width};
  const Axis down{source.y, source.height, image.height(), target.height};
  Image out;
  if (along.is_copy() && down.is_copy()) {
    if (target == image.size()) {
      out = image;
      out.set_shrunk(target, {0, 0, source.width, source.height});
      return out;
    }
    out = crop(image, static_cast<int>(source.x), static_cast<int>(source.y), target);
  } else {
    out = Image(target, image.format());
    const bool exact = is_exact(image.format(), max_taps(along, filter), max_taps(down, filter));
    const bool cached = std::max(target.width, target.height) <= ResampleCache::State::kOutputs;
    if (exact && cached) {
      // Room is made for both entries first, so that the second does not evict the first.
      if (cache.state_->known.size() + 2 > ResampleCache::State::kAxes) cache.state_->known.clear();
      const auto& by_row = cache.state_->weights(down, filter);
      const auto& by_column = cache.state_->weights(along, filter);
      in_pieces(image.size(), out, split, give_up,
                [&](TargetRows rows) { resample_integer(image, by_row, by_column, rows, out); });
    } else if (exact) {
      const auto by_row = integer_weights(down, filter);
      const auto by_column = integer_weights(along, filter);
      in_pieces(image.size(), out, split, give_up,
                [&](TargetRows rows) { resample_integer(image, by_row, by_column, rows, out); });
    } else {
      const auto by_row = float_weights(down, filter);
      const auto by_column = float_weights(along, filter);
      in_pieces(image.size(), out, split, give_up,
                [&](TargetRows rows) { resample_float(image, by_row, by_column, rows, out); });
    }
  }
  out.set_icc(image.icc());
  return out;
}

std::size_t resample_scratch_bytes(PixelFormat format, Size source, Size target) {
  constexpr std::size_t kOverhead = 32 << 10;  // alignment, and what is small
  // Taps of the longest filter.
  const int taps_along =
      max_taps({0, double(source.width), source.width, target.width}, Filter::lanczos3);
  const int taps_down =
      max_taps({0, double(source.height), source.height, target.height}, Filter::lanczos3);
  const auto axis_bytes = [](int outputs, int taps, std::size_t weight) {
    return outputs * (taps * weight + 2 * sizeof(int)) + taps * sizeof(double);
  };
  const double scale = double(source.width) / target.width;
  const int for_outputs = taps_along + static_cast<int>(std::min(kRunOutputs * scale, 1e9));
  const auto samples_of = [&](int columns) {
    return std::size_t(std::min(source.width, columns)) * format.channels + 2 * kIntegerStrip;
  };
  const std::size_t samples = samples_of(std::max(kRunSamples / format.channels, for_outputs));
  const std::size_t made = std::size_t(target.width) * format.channels + 2 * kIntegerStrip;
  const auto pieces = static_cast<std::size_t>(pieces_of(source, target));

  // Bytes for whole bands and the output samples of one band.
  const auto with = [&](std::size_t weight, std::size_t prepared, std::size_t turned) {
    return axis_bytes(target.width, taps_along, weight) +
           axis_bytes(target.height, taps_down, weight) + pieces * (prepared + turned + kOverhead);
  };
  const int integer_rows = std::max(kGroupRows, kMaxIntegerTaps);
  const std::size_t integers =
      with(sizeof(std::int16_t), sizeof(std::int16_t) * 4 * kBandRows * integer_rows,
           kBandRows * (samples_of(kRunSamples / format.channels) * sizeof(std::int16_t) + made));
  // A band has at most the rows of the target.
  const std::size_t floats =
      with(sizeof(float), sizeof(float) * kFloatStrip * std::max(kGroupRows, taps_down),
           sizeof(float) * std::min(kBandRows, target.height) * samples);
  if (is_exact(format, taps_along, taps_down)) return integers;
  // Integer filtering may apply with a shorter filter.
  return format.bits == 8 && !format.has_alpha() ? std::max(integers, floats) : floats;
}

}  // namespace imagemill::imaging
