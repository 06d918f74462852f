// Skies and ridges, shared by the outdoor sample photos.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "nodes/imaging/sample/noise.h"
#include "nodes/imaging/sample/scene.h"

namespace imagemill::imaging::sample {

// The light of a time of day.
struct Daylight {
  Vec3 zenith;
  Vec3 horizon;
  Vec3 sun;           // its colour; it lights the ground
  Vec3 cloud_lit;     // sunlit cloud
  Vec3 cloud_shadow;  // shaded cloud
  float sun_height;   // above the horizon, in picture heights
  float clouds;       // share of the sky, 0 to 1
};

// Draws a daylight, a little different each time: clear noon, bright clouds, golden hour, sunset,
// misty morning.
Daylight random_daylight(Random& random);
Daylight random_sunset(Random& random);

class Sky {
 public:
  Sky(const Daylight& light, float sun_u, std::uint64_t seed);

  // Light of the sky at `height` above the horizon, in picture heights. Negative heights count as
  // 0.
  Vec3 at(float u, float height) const;
  // Light of the sky without clouds or the sun's disc, at a third of the cost: for reflections.
  Vec3 clear(float u, float height) const;

  const Daylight& light() const { return light_; }
  float sun_u() const { return sun_u_; }

 private:
  Daylight light_;
  float sun_u_;
  NoiseTile tile_;
};

// A skyline: its height above the horizon at each u.
class Ridge {
 public:
  Ridge() = default;
  Ridge(const View& view, const std::function<float(float)>& height);

  float height(float u) const {
    const float x = std::min(std::max((u - left_) * scale_, 0.0f), kColumns - 1.001f);
    const int i = static_cast<int>(x);
    return heights_[i] + (heights_[i + 1] - heights_[i]) * (x - static_cast<float>(i));
  }

 private:
  static constexpr float kColumns = 6144;
  float left_ = 0;
  float scale_ = 1;
  std::vector<float> heights_;
};

}  // namespace imagemill::imaging::sample
