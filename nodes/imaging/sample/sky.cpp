#include "nodes/imaging/sample/sky.h"

namespace imagemill::imaging::sample {
namespace {

// clang-format off
//                              zenith                horizon               sun
constexpr Daylight kNoon =   {{0.050f, 0.17f, 0.50f}, {0.40f, 0.59f, 0.82f}, {1.10f, 1.02f, 0.88f},
//                              cloud_lit             cloud_shadow           sun_height, clouds
                              {1.10f, 1.08f, 1.04f}, {0.42f, 0.48f, 0.58f}, 0.75f, 0.42f};
constexpr Daylight kGolden = {{0.070f, 0.16f, 0.38f}, {0.84f, 0.48f, 0.19f}, {1.25f, 0.74f, 0.32f},
                              {1.10f, 0.72f, 0.42f}, {0.36f, 0.31f, 0.36f}, 0.13f, 0.45f};
constexpr Daylight kSunset = {{0.050f, 0.080f, 0.26f}, {1.05f, 0.36f, 0.11f}, {1.25f, 0.46f, 0.15f},
                              {1.15f, 0.40f, 0.24f}, {0.17f, 0.12f, 0.22f}, 0.05f, 0.55f};
constexpr Daylight kPink =   {{0.085f, 0.15f, 0.38f}, {0.80f, 0.45f, 0.39f}, {1.10f, 0.66f, 0.52f},
                              {0.98f, 0.58f, 0.54f}, {0.38f, 0.33f, 0.47f}, 0.10f, 0.45f};
constexpr Daylight kMist =   {{0.36f, 0.45f, 0.55f}, {0.66f, 0.68f, 0.68f}, {0.70f, 0.66f, 0.60f},
                              {0.88f, 0.87f, 0.85f}, {0.46f, 0.49f, 0.54f}, 0.60f, 0.60f};
// clang-format on

Daylight varied(Daylight light, Random& random) {
  light.clouds = clamp01(light.clouds + random.uniform(-0.25f, 0.25f));
  light.sun_height *= random.uniform(0.8f, 1.25f);
  light.zenith = light.zenith * random.uniform(0.85f, 1.15f);
  light.horizon = light.horizon * random.uniform(0.9f, 1.05f);
  return light;
}

}  // namespace

Daylight random_daylight(Random& random) {
  constexpr Daylight kKinds[] = {kNoon, kNoon, kNoon, kNoon, kGolden, kGolden, kPink, kMist};
  return varied(kKinds[random.below(8)], random);
}

Daylight random_sunset(Random& random) {
  constexpr Daylight kKinds[] = {kGolden, kSunset, kPink};
  return varied(kKinds[random.below(3)], random);
}

Sky::Sky(const Daylight& light, float sun_u, std::uint64_t seed)
    : light_(light), sun_u_(sun_u), tile_(seed, 0.55f) {}

Vec3 Sky::clear(float u, float height) const {
  height = std::max(height, 0.0f);
  const float up = height / (height + 0.20f) * 1.30f;
  const Vec3 air = mix(light_.horizon, light_.zenith, std::min(up, 1.0f));
  const float du = u - sun_u_;
  const float dh = height - light_.sun_height;
  const float distance = du * du + dh * dh;
  return air + light_.sun * (0.20f * glow(distance, 0.15f));
}

Vec3 Sky::at(float u, float height) const {
  height = std::max(height, 0.0f);
  const float du = u - sun_u_;
  const float dh = height - light_.sun_height;
  const float distance = du * du + dh * dh;
  Vec3 colour = clear(u, height);
  colour = colour + light_.sun * (6.0f * smoothstep(0.00055f, 0.0002f, distance) +
                                  0.8f * glow(distance, 0.028f));

  // The clouds lie on a plane far above, which the sky's height foreshortens.
  const float far = 1.0f / (height + 0.16f);
  const float x = u * far * 0.62f;
  const float y = far * 0.95f;
  const float body = tile_.at(x, y);
  const float density = body + 0.22f * tile_.detail(x, y);
  const float threshold = 0.55f - 1.05f * light_.clouds;
  const float cover = smoothstep(threshold, threshold + 0.55f, density);
  if (cover <= 0.0f) return colour;
  const float toward_sun = tile_.at(x - du * 0.10f, y + 0.13f);
  const float thickness = clamp01((density - threshold) * 0.85f);
  const float lit = clamp01(0.72f + (body - toward_sun) * 1.1f - thickness * 0.45f);
  Vec3 cloud = mix(light_.cloud_shadow, light_.cloud_lit, lit);
  cloud = cloud + light_.sun * (0.35f * glow(distance, 0.12f));
  cloud = mix(light_.horizon, cloud, smoothstep(0.0f, 0.22f, height));
  return mix(colour, cloud, cover * 0.94f);
}

Ridge::Ridge(const View& view, const std::function<float(float)>& height)
    : left_(-0.55f * view.aspect - 0.05f),
      scale_((kColumns - 1.0f) / (1.1f * view.aspect + 0.1f)),
      heights_(static_cast<std::size_t>(kColumns)) {
  for (std::size_t i = 0; i < heights_.size(); ++i) {
    heights_[i] = height(left_ + static_cast<float>(i) / scale_);
  }
}

}  // namespace imagemill::imaging::sample
