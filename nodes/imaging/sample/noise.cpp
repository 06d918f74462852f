#include "nodes/imaging/sample/noise.h"

#include <cstddef>

namespace imagemill::imaging::sample {
namespace {

using Grid = std::vector<float>;

// Doubles the samples along one axis, by cubic B-spline subdivision of periodic lines of `n`
// samples. Lines start `across` apart and step by `along`. A sample is written twice as far along.
Grid doubled_along_rows(const Grid& in, int rows, int n) {
  Grid out(in.size() * 2);
  for (int y = 0; y < rows; ++y) {
    const float* line = in.data() + y * n;
    float* to = out.data() + y * n * 2;
    for (int x = 0; x < n; ++x) {
      const float next = line[(x + 1) & (n - 1)];
      to[2 * x] = (line[(x - 1) & (n - 1)] + next) * 0.125f + line[x] * 0.75f;
      to[2 * x + 1] = (line[x] + next) * 0.5f;
    }
  }
  return out;
}

Grid doubled_along_columns(const Grid& in, int rows, int n) {
  Grid out(in.size() * 2);
  for (int y = 0; y < rows; ++y) {
    const float* before = in.data() + ((y - 1) & (rows - 1)) * n;
    const float* here = in.data() + y * n;
    const float* after = in.data() + ((y + 1) & (rows - 1)) * n;
    float* even = out.data() + 2 * y * n;
    float* odd = even + n;
    for (int x = 0; x < n; ++x) {
      even[x] = (before[x] + after[x]) * 0.125f + here[x] * 0.75f;
      odd[x] = (here[x] + after[x]) * 0.5f;
    }
  }
  return out;
}

}  // namespace

NoiseTile::NoiseTile(std::uint64_t seed, float gain) {
  constexpr int kFinest = kSide / 4;  // smooth between samples, where the tile is magnified
  Random random(seed);
  Grid grid(static_cast<std::size_t>(kPeriod) * kPeriod, 0.0f);
  float amplitude = 1.8f * (1.0f - gain) / (1.0f - gain * gain * gain * gain * gain);
  for (int side = kPeriod; side < kSide; side *= 2) {
    if (side <= kFinest) {
      for (float& value : grid) value += random.uniform(-amplitude, amplitude);
      amplitude *= gain;
    }
    grid = doubled_along_columns(doubled_along_rows(grid, side, side), side, 2 * side);
  }
  values_ = std::move(grid);
}

}  // namespace imagemill::imaging::sample
