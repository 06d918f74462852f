// The sea under a wide sky, with a headland and a beach.
#include "nodes/imaging/sample/sky.h"

namespace imagemill::imaging::sample {
namespace {

class Seaside : public Scene {
 public:
  Seaside(const View& view, Random random)
      : pixel_(view.pixel),
        sky_{random.chance(0.5f) ? random_sunset(random) : random_daylight(random),
             random.uniform(-0.35f, 0.35f) * view.aspect, random.next()},
        waves_(random.next(), 0.6f),
        horizon_(random.uniform(0.40f, 0.55f)),
        shore_(random.chance(0.7f) ? random.uniform(0.24f, 0.36f) : 2.0f),
        tilt_(random.uniform(-0.10f, 0.10f)),
        lagoon_(random.uniform(0.3f, 1.0f)) {
    const float side = random.chance(0.5f) ? 1.0f : -1.0f;
    const float reach = random.uniform(0.0f, 0.30f) * view.aspect;
    const float high = random.uniform(0.05f, 0.13f);
    const float shift = random.uniform(0.0f, 8.0f);
    headland_ = Ridge(view, [&](float u) {
      const float rise = smoothstep(reach, reach + 0.35f, side * u);
      const float n = waves_.at(u * 1.3f + shift, 2.0f) + 0.25f * waves_.detail(u * 1.3f, shift);
      return rise * high * (0.75f + 0.5f * n) - 0.012f * (1.0f - rise);
    });
  }

  Vec3 at(float u, float v) const override {
    const float below = v - horizon_;
    if (below <= 0) return above(u, -below);
    const float depth = depth_of_water(u, below);
    if (depth <= 0) return beach(u, below, -depth);
    const Vec3 water = sea(u, below, depth);
    const float edge = smoothstep(0.0f, 0.004f, depth);
    return edge >= 1 ? water : mix(beach(u, below, 0), water, edge);
  }

 private:
  // Distance of the water's edge, in picture heights up the picture; negative on land.
  float depth_of_water(float u, float below) const {
    if (shore_ > 1) return 1;
    const float line = shore_ + tilt_ * u + 0.035f * waves_.at(u * 0.9f + 1.0f, 0.5f) +
                       0.008f * waves_.at(u * 5.0f, 3.0f);
    return line - below;
  }

  Vec3 above(float u, float height) const {
    const Vec3 sky = sky_.at(u, height);
    const float cover = clamp01((headland_.height(u) - height) / pixel_ + 0.5f);
    if (cover <= 0) return sky;
    const Daylight& light = sky_.light();
    const float relief =
        waves_.at(u * 5.0f, height * 8.0f) + 0.4f * waves_.detail(u * 5.0f, height * 8.0f);
    const Vec3 bushes =
        mix(Vec3{0.055f, 0.075f, 0.035f}, Vec3{0.20f, 0.16f, 0.11f}, clamp01(0.4f + relief));
    const Vec3 land = bushes * (light.sun * clamp01(0.55f + 0.6f * relief) + light.zenith * 0.6f);
    return mix(sky, mix(land, light.horizon * 0.8f, 0.42f), cover);
  }

  Vec3 sea(float u, float below, float depth) const {
    const Daylight& light = sky_.light();
    const float far = 1.0f / (below + 0.012f);
    const float x = u * far * 0.50f;
    const float y = far * 1.9f;
    const float swell = waves_.at(x * 0.45f, y * 0.6f);
    const float chop = waves_.at(x * 1.9f + 2.0f, y * 2.1f);
    const float fine = waves_.detail(x * 1.1f, y * 0.9f);
    const float slope = 0.55f * swell + 0.5f * chop + 0.45f * fine;
    const float calm = smoothstep(0.0f, 0.10f, below);
    const Vec3 mirrored =
        sky_.clear(u + 0.05f * slope, below * 0.7f + 0.16f * clamp01(0.5f + slope) * calm + 0.02f);

    const float facing = clamp01(0.62f - 0.9f * below - 0.42f * slope * calm);
    const float brightness = dot(light.sun, Vec3{0.3f, 0.5f, 0.2f}) * (0.35f + light.sun_height);
    const Vec3 deep = Vec3{0.010f, 0.055f, 0.095f} * (0.6f + brightness);
    const Vec3 shallow = Vec3{0.07f, 0.30f, 0.30f} * (0.35f + brightness) * lagoon_;
    const float shoal = glow(depth * depth, 0.10f);
    const Vec3 body = mix(deep, shallow + light.horizon * 0.06f, shoal);
    Vec3 colour = mix(body, mirrored, 0.15f + 0.75f * facing);

    // The sun's road: facets that happen to face it.
    const float du = u - sky_.sun_u();
    const float road =
        glow(du * du, 0.035f + 0.16f * below) * glow(light.sun_height * light.sun_height, 0.22f);
    const float sparkle = smoothstep(0.05f, 0.75f, slope + 0.35f * road);
    colour = colour + light.sun * (road * (0.25f + 2.4f * sparkle));

    // Foam: at the edge, and along a breaker before it.
    const float lace = chop + 0.8f * fine;
    const float edge = smoothstep(0.022f, 0.0f, depth + 0.010f * lace);
    const float bump = (depth - 0.062f - 0.016f * swell) * (1.0f / 0.011f);
    const float breaker = glow(bump * bump, 1.0f) * smoothstep(-0.3f, 0.5f, lace);
    const float foam = shore_ > 1 ? 0.55f * smoothstep(0.95f, 1.25f, slope + 0.4f * swell)
                                  : clamp01(edge * (0.55f + 0.6f * lace) + 0.75f * breaker);
    const Vec3 white = light.sun * 0.55f + light.horizon * 0.35f;
    return mix(colour, white, clamp01(foam) * 0.85f);
  }

  Vec3 beach(float u, float below, float inland) const {
    const Daylight& light = sky_.light();
    const float far = 1.0f / (below + 0.10f);
    const float x = u * far * 1.6f;
    const float y = far * 3.2f;
    const float dunes = waves_.at(x * 0.8f, y * 0.8f);
    const float ripples = waves_.at(x * 3.0f, y * 7.0f + dunes);
    const float grain = waves_.detail(u * 9.0f, below * 9.0f);
    const float wet = smoothstep(0.075f, 0.015f, inland + 0.012f * dunes);
    const Vec3 dry =
        Vec3{0.56f, 0.44f, 0.29f} * (1.0f + 0.13f * dunes + 0.10f * ripples + 0.11f * grain);
    const Vec3 lit =
        light.sun * (0.62f + 0.12f * ripples) + light.zenith * 0.35f + light.horizon * 0.15f;
    const Vec3 damp = dry * 0.42f * lit + sky_.clear(u, below * 0.8f) * 0.26f;
    return mix(dry * lit, damp, wet);
  }

  float pixel_;
  Sky sky_;
  NoiseTile waves_;
  float horizon_;
  float shore_;  // how far below the horizon the beach begins; over 1 for open water
  float tilt_;
  float lagoon_;
  Ridge headland_;
};

}  // namespace

std::unique_ptr<Scene> make_seaside(const View& view, std::uint64_t seed) {
  return std::make_unique<Seaside>(view, Random(seed));
}

}  // namespace imagemill::imaging::sample
