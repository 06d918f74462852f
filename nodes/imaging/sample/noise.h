// Random numbers and fractal noise for the sample photos. Only operations that IEEE 754 rounds
// exactly (+ − × ÷ and conversions) are used, so that every machine draws the same pictures.
#pragma once

#include <cstdint>
#include <vector>

namespace imagemill::imaging::sample {

// A bijective mix of 64 bits (the finaliser of splitmix64).
constexpr std::uint64_t hash(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

// Maps bits to a uniform number in [0, 1), from the upper 24 bits.
constexpr float unit(std::uint64_t bits) {
  return static_cast<float>(bits >> 40) * (1.0f / 16777216.0f);
}

// The random number generator splitmix64.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(hash(seed)) {}
  std::uint64_t next() { return hash(state_ += 0x9e3779b97f4a7c15u); }
  float uniform(float low, float high) { return low + (high - low) * unit(next()); }
  int below(int n) { return static_cast<int>((next() >> 32) % static_cast<std::uint32_t>(n)); }
  bool chance(float p) { return unit(next()) < p; }

 private:
  std::uint64_t state_;
};

// The largest integer ≤ x, for |x| < 2^31. Without SSE4.1, std::floor is a call.
inline int floor_to_int(float x) {
  const int i = static_cast<int>(x);
  return i - (static_cast<float>(i) > x ? 1 : 0);
}

// A periodic square of smooth fractal noise: five octaves, 1 to 16 features a unit, its values
// within about ±1, its mean near 0. 1 MiB; 2 ms to make.
class NoiseTile {
 public:
  static constexpr int kPeriod = 8;  // units until it repeats, in x and y

  // `gain`: an octave's amplitude over that of the next coarser one. 0.5 is soft, 0.7 rugged.
  NoiseTile(std::uint64_t seed, float gain);

  // Noise at (x, y), interpolated linearly. Requires: |x|, |y| < 4000. Cost: 4 ns.
  float at(float x, float y) const {
    // Fixed point: its shift is a floor, which without SSE4.1 is a call for a float.
    const int ix = static_cast<int>(x * (kTexels * kOne));
    const int iy = static_cast<int>(y * (kTexels * kOne));
    const float fx = static_cast<float>(ix & (kOne - 1)) * (1.0f / kOne);
    const float fy = static_cast<float>(iy & (kOne - 1)) * (1.0f / kOne);
    const int left = (ix >> kFraction) & kMask;
    const int top = (iy >> kFraction) & kMask;
    const float* upper = values_.data() + top * kSide;
    const float* lower = values_.data() + ((top + 1) & kMask) * kSide;
    const int right = (left + 1) & kMask;
    const float a = upper[left] + (upper[right] - upper[left]) * fx;
    const float b = lower[left] + (lower[right] - lower[left]) * fx;
    return a + (b - a) * fy;
  }

  // Noise turned and about eleven times finer, for detail that shows no repetition.
  float detail(float x, float y) const {
    return at(8.8f * x - 6.6f * y + 3.1f, 6.6f * x + 8.8f * y + 5.7f);
  }

 private:
  static constexpr int kSide = 512;
  static constexpr int kMask = kSide - 1;
  static constexpr float kTexels = static_cast<float>(kSide) / kPeriod;
  static constexpr int kFraction = 12;  // bits
  static constexpr int kOne = 1 << kFraction;

  std::vector<float> values_;
};

}  // namespace imagemill::imaging::sample
