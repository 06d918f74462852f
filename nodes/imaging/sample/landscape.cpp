// Mountains behind mountains, above a lake or a meadow.
#include <array>

#include "nodes/imaging/sample/sky.h"

namespace imagemill::imaging::sample {
namespace {

constexpr int kLayers = 5;

// One range of hills. `depth` is 1 for the farthest and 0 for the nearest.
struct Range {
  Ridge ridge;
  float depth = 0;
  float texture = 1;  // features of its surface in a picture height
};

class Landscape : public Scene {
 public:
  Landscape(const View& view, Random random)
      : pixel_(view.pixel),
        sky_{random_daylight(random), random.uniform(-0.42f, 0.42f) * view.aspect, random.next()},
        rock_(random.next(), 0.62f),
        grass_(random.next(), 0.7f),
        horizon_(random.uniform(0.56f, 0.68f)),
        lake_(random.chance(0.55f)),
        snow_line_(random.uniform(0.45f, 0.85f)) {
    const float tallest = random.uniform(0.22f, 0.42f);
    const bool autumn = random.chance(0.3f);
    forest_ = autumn ? Vec3{0.20f, 0.11f, 0.028f} : Vec3{0.040f, 0.085f, 0.030f};
    meadow_ = autumn ? Vec3{0.30f, 0.24f, 0.075f} : Vec3{0.16f, 0.26f, 0.055f};
    flower_ = random.chance(0.5f) ? Vec3{0.85f, 0.75f, 0.15f} : Vec3{0.60f, 0.20f, 0.55f};
    snow_line_ *= tallest;
    for (int i = 0; i < kLayers; ++i) add_range(i, tallest, view, random);
  }

  Vec3 at(float u, float v) const override {
    const float below = v - horizon_;
    if (lake_) return below > 0 ? water(u, below) : upper(u, -below, pixel_);
    const float rise = 0.022f * grass_.at(u * 0.6f, 0.5f) + 0.02f;
    const float near = clamp01((below + rise) / pixel_ + 0.5f);
    if (near <= 0) return upper(u, -below, pixel_);
    const Vec3 meadow = ground(u, std::max(below + rise, 0.0f));
    return near >= 1 ? meadow : mix(upper(u, -below, pixel_), meadow, near);
  }

 private:
  void add_range(int i, float tallest, const View& view, Random& random) {
    Range& range = ranges_[static_cast<std::size_t>(i)];
    range.depth = 1.0f - static_cast<float>(i) / (kLayers - 1);
    const float d = range.depth;
    const float high = tallest * (0.10f + 0.9f * d * d);
    const float frequency = mix(0.9f, 1.5f, d);
    const float shift = random.uniform(0.0f, 8.0f);
    const bool trees = i >= kLayers - 2;
    const float tree = trees ? mix(0.050f, 0.10f, d) * (i == kLayers - 1 ? 1.0f : 0.26f) : 0.0f;
    const std::uint64_t seed = random.next();
    range.texture = mix(12.0f, 4.5f, d);
    range.ridge = Ridge(view, [&](float u) {
      const float n = rock_.at(u * frequency + shift, shift * 1.7f + 0.3f);
      const float fine = rock_.detail(u * frequency + shift, shift);
      const float body = d > 0.6f ? 1.0f - 1.5f * std::abs(n) : 0.55f + 0.55f * n;
      return high * (0.30f + 0.75f * body + 0.10f * d * fine) +
             (trees ? conifers(u, tree, seed) : 0);
    });
  }

  // Outline of a row of firs of about `height`.
  static float conifers(float u, float height, std::uint64_t seed) {
    const float spacing = height * 0.30f;
    const float x = u / spacing + 4096.0f;
    const int cell = floor_to_int(x);
    float top = 0;
    for (int i = cell - 1; i <= cell + 1; ++i) {
      const std::uint64_t h = hash(seed ^ static_cast<std::uint64_t>(i));
      const float centre = static_cast<float>(i) + 0.2f + 0.6f * unit(h);
      const float tall = 0.35f + 0.65f * unit(hash(h));
      const float side = std::abs(x - centre);
      // Branches: teeth that grow toward the foot.
      const float tooth =
          std::abs(side * 9.0f - static_cast<float>(static_cast<int>(side * 9.0f)) - 0.5f);
      top =
          std::max(top, tall * (1.0f - side * 1.15f) + 0.13f * tooth * std::min(side * 4.0f, 1.0f));
    }
    return top * height;
  }

  // Light above the horizon. `soft` is the width of the blur of outlines.
  Vec3 upper(float u, float height, float soft) const {
    Vec3 colour;
    float open = 1;  // share that the nearer ranges let through
    for (int i = kLayers - 1; i >= 0 && open > 0; --i) {
      const Range& range = ranges_[static_cast<std::size_t>(i)];
      const float top = range.ridge.height(u);
      const float cover = clamp01((top - height) / soft + 0.5f);
      if (cover <= 0) continue;
      colour = colour + surface(range, u, height, top) * (open * cover);
      open *= 1.0f - cover;
    }
    if (open > 0) colour = colour + sky_.at(u, height) * open;
    return colour;
  }

  Vec3 surface(const Range& range, float u, float height, float top) const {
    const Daylight& light = sky_.light();
    const float d = range.depth;
    const float k = range.texture;
    const float lean = 1.8f * rock_.at(u * 1.3f, d * 4.0f + 0.2f);
    const float x = (u + lean * (top - height)) * k + d * 5.0f;
    const float y = height * k * 0.75f + d * 3.0f;
    const float toward = sky_.sun_u() > 0 ? 0.07f : -0.07f;
    const float crag = rock_.detail(x * 0.6f, y * 0.6f);
    const float fold = rock_.at(x + 0.05f * crag, y);  // ribs and gullies, which run downhill
    const float slope = rock_.at(x - toward, y - 0.03f) - fold + 0.16f * crag;
    // Trees are bright at their tops.
    const float crown = d < 0.3f ? 0.35f + 0.9f * clamp01(height / std::max(top, 0.01f)) : 1.0f;
    Vec3 albedo = forest_ * (crown * (1.0f + 0.35f * fold + 0.5f * crag));
    if (d > 0.6f) {
      const Vec3 stone = Vec3{0.15f, 0.135f, 0.125f} * (1.0f + 0.35f * crag);
      const float snow = smoothstep(
          -0.02f, 0.025f, height - snow_line_ + 0.03f * fold + 0.05f * crag + 0.07f * slope);
      albedo = mix(mix(forest_, stone, smoothstep(0.05f, 0.12f, height + 0.05f * crag)),
                   Vec3{0.88f, 0.90f, 0.94f}, snow);
    }
    const float lit = clamp01(0.52f + 2.2f * slope);
    const Vec3 shade = light.zenith * 0.40f + light.horizon * 0.12f;
    const Vec3 colour = albedo * (light.sun * (1.15f * lit) + shade);
    // The air in between, and mist that gathers at the foot.
    const float foot = glow(height * height, 0.05f);
    const float air = clamp01(0.30f * d * d + 0.08f * d + 0.34f * foot * (0.15f + d));
    return mix(colour, mix(light.horizon, light.zenith, 0.40f) * 0.72f, air);
  }

  Vec3 water(float u, float below) const {
    const float far = 1.0f / (below + 0.02f);
    const float wave =
        rock_.at(u * far * 0.9f, far * 5.0f) + 0.5f * rock_.detail(u * far, far * 2.0f);
    const float calm = rock_.at(u * 0.7f + 2.0f, far * 0.35f);
    const float ripple = (0.010f + 0.012f * clamp01(calm)) * wave * smoothstep(0.0f, 0.12f, below);
    const float height = std::max(below * 1.05f + 1.6f * ripple, 0.0f);
    const Vec3 mirrored =
        upper(u + 0.35f * ripple, height, pixel_ + 0.35f * std::abs(ripple) + 0.0006f);
    const float fresnel = 0.80f - 0.9f * below;
    const Vec3 deep = {0.012f, 0.035f, 0.04f};
    const Vec3 colour = mix(deep, mirrored, std::max(fresnel, 0.25f));
    return colour + sky_.light().horizon * (0.05f * smoothstep(0.02f, 0.0f, below));
  }

  Vec3 ground(float u, float below) const {
    const Daylight& light = sky_.light();
    const float far = 1.0f / (below + 0.045f);
    const float x = u * far * 0.8f;
    const float y = far * 0.8f;
    const float patch = grass_.at(x * 0.4f, y * 0.4f);
    const float clumps = grass_.at(x * 2.0f, y * 2.0f + 1.0f);
    const float blades =
        grass_.at(u * 60.0f, below * 20.0f) + 0.8f * clumps * grass_.detail(u * 6.0f, below * 3.0f);
    const float near = smoothstep(0.0f, 0.25f, below);
    Vec3 albedo = mix(meadow_, forest_ * 2.2f, clamp01(0.35f + 0.55f * patch));
    albedo = albedo * (1.0f + 0.35f * clumps + near * 0.75f * blades);
    const float bloom = grass_.at(x * 16.0f + 3.0f, y * 16.0f);
    albedo = mix(albedo, flower_, smoothstep(0.60f, 0.72f, bloom + 0.40f * patch) * 0.8f);
    const float lit = clamp01(0.70f + 0.45f * clumps);
    const Vec3 colour =
        albedo * (light.sun * (1.05f * lit) + light.zenith * 0.6f + light.horizon * 0.2f);
    return mix(colour, light.horizon * 0.8f, 0.45f * glow(below * below, 0.03f));
  }

  float pixel_;
  Sky sky_;
  NoiseTile rock_;
  NoiseTile grass_;
  float horizon_;
  bool lake_;
  float snow_line_;
  Vec3 forest_;
  Vec3 meadow_;
  Vec3 flower_;
  std::array<Range, kLayers> ranges_;
};

}  // namespace

std::unique_ptr<Scene> make_landscape(const View& view, std::uint64_t seed) {
  return std::make_unique<Landscape>(view, Random(seed));
}

}  // namespace imagemill::imaging::sample
