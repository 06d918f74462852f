// After dark: street lights out of focus, a city across the water, or a tent under the stars.
#include <array>
#include <vector>

#include "nodes/imaging/sample/sky.h"

namespace imagemill::imaging::sample {
namespace {

constexpr float kNightNoise = 4.9f;  // a camera's gain is up

constexpr std::array<Vec3, 6> kLamps = {{{1.0f, 0.55f, 0.18f},
                                         {1.0f, 0.72f, 0.40f},
                                         {0.95f, 0.90f, 0.80f},
                                         {0.95f, 0.12f, 0.08f},
                                         {0.15f, 0.65f, 0.60f},
                                         {0.40f, 0.45f, 0.95f}}};

// Street lights far out of focus, and their reflections on the wet road.
class StreetLights : public Scene {
 public:
  StreetLights(const View& view, Random random)
      : tile_(random.next(), 0.5f),
        left_(-0.5f * view.aspect),
        scale_(kCells / view.aspect),
        haze_(random.chance(0.5f) ? Vec3{0.055f, 0.035f, 0.045f} : Vec3{0.020f, 0.035f, 0.060f}),
        cells_(kCells * kCells) {
    const float vanishing = random.uniform(-0.25f, 0.25f) * view.aspect;
    for (int i = 0; i < 150; ++i) {
      const float near = random.uniform(0.0f, 1.0f);
      const float reach = near * near * random.uniform(-0.75f, 0.75f) * view.aspect;
      Disc disc;
      disc.u = vanishing + reach + random.uniform(-0.10f, 0.10f);
      disc.v = kRoad - 0.03f - random.uniform(0.0f, 0.10f) - near * random.uniform(0.0f, 0.42f);
      disc.radius = 0.012f + 0.040f * near * random.uniform(0.6f, 1.1f);
      disc.stretch = 1;
      const std::size_t hue = random.chance(0.62f) ? random.below(3) : random.below(6);
      disc.light = kLamps[hue] * (random.uniform(0.12f, 0.55f) * (1.15f - 0.6f * near));
      add(disc);
      disc.v = kRoad + (kRoad - disc.v) * 0.75f + 0.02f;
      disc.stretch = 3.2f;
      disc.light = disc.light * 0.30f;
      add(disc);
    }
  }

  float noise() const override { return kNightNoise; }

  Vec3 at(float u, float v) const override {
    const float wall = tile_.at(u * 1.5f, v * 0.9f);
    const float wet = smoothstep(kRoad - 0.02f, kRoad + 0.05f, v);
    Vec3 colour = haze_ * (0.35f + 0.9f * glow((v - kRoad) * (v - kRoad), 0.22f) + 0.25f * wall);
    const float sway =
        wet * 0.012f * (tile_.at(u * 6.0f, v * 22.0f) + 0.4f * tile_.detail(u * 3.0f, v * 9.0f));
    for (const Disc& disc : cell(u, v)) {
      const float du = u + sway - disc.u;
      const float dv = (v - disc.v) / disc.stretch;
      const float distance = (du * du + dv * dv) / (disc.radius * disc.radius);
      if (distance >= 1.0f) continue;
      const bool reflection = disc.stretch > 1;
      const float profile = reflection
                                ? (1.0f - distance) * (1.0f - distance) * 1.6f
                                : (0.72f + 0.38f * distance) * smoothstep(1.0f, 0.84f, distance);
      colour = colour + disc.light * profile;
    }
    return colour;
  }

 private:
  struct Disc {
    float u, v, radius, stretch;  // `stretch`: its height over its width
    Vec3 light;
  };
  static constexpr int kCells = 24;
  static constexpr float kRoad = 0.62f;

  int column(float u) const {
    return std::clamp(floor_to_int((u - left_) * scale_), 0, kCells - 1);
  }
  static int line(float v) { return std::clamp(floor_to_int(v * kCells), 0, kCells - 1); }
  const std::vector<Disc>& cell(float u, float v) const {
    return cells_[line(v) * kCells + column(u)];
  }

  void add(const Disc& disc) {
    const float width = disc.radius + 0.02f;  // the sway included
    const float height = disc.radius * disc.stretch;
    for (int y = line(disc.v - height); y <= line(disc.v + height); ++y) {
      for (int x = column(disc.u - width); x <= column(disc.u + width); ++x) {
        cells_[y * kCells + x].push_back(disc);
      }
    }
  }

  NoiseTile tile_;
  float left_;
  float scale_;
  Vec3 haze_;
  std::vector<std::vector<Disc>> cells_;
};

// A lit skyline and its reflection.
class City : public Scene {
 public:
  City(const View& view, Random random)
      : pixel_(view.pixel),
        tile_(random.next(), 0.55f),
        horizon_(random.uniform(0.58f, 0.68f)),
        dusk_(random.uniform(0.0f, 1.0f)) {
    const float centre = random.uniform(-0.25f, 0.25f) * view.aspect;
    for (int layer = 0; layer < 2; ++layer) {
      for (float u = -0.5f * view.aspect - 0.1f; u < 0.5f * view.aspect + 0.1f;) {
        Tower tower;
        tower.left = u;
        tower.width = random.uniform(0.035f, 0.095f);
        const float middle = glow((u - centre) * (u - centre), 0.38f);
        tower.height = random.uniform(0.06f, 0.20f) + middle * random.uniform(0.0f, 0.30f) -
                       0.05f * static_cast<float>(layer);
        tower.storey = random.uniform(0.009f, 0.013f);
        tower.lit = random.uniform(0.12f, 0.55f);
        tower.seed = random.next();
        u += tower.width + (random.chance(0.3f) ? random.uniform(0.0f, 0.03f) : 0.0f);
        layers_[static_cast<std::size_t>(layer)].push_back(tower);
      }
    }
  }

  float noise() const override { return kNightNoise; }

  Vec3 at(float u, float v) const override {
    const float below = v - horizon_;
    if (below <= 0) return above(u, -below);
    const float far = 1.0f / (below + 0.03f);
    const float wave =
        tile_.at(u * far * 0.8f, far * 4.0f) + 0.6f * tile_.detail(u * far * 0.9f, far * 1.5f);
    const float spread = 0.010f + 0.10f * below;
    // Waves smear a reflection upright: a few samples along it.
    Vec3 sum;
    for (int i = -1; i <= 1; ++i) {
      const float height = below * 0.95f + spread * (0.9f * wave + 0.55f * static_cast<float>(i));
      sum = sum + above(u + 0.10f * spread * wave, std::abs(height));
    }
    const Vec3 deep = {0.004f, 0.010f, 0.018f};
    return deep + sum * (0.22f + 0.04f * wave);
  }

 private:
  struct Tower {
    float left, width, height;
    float storey;  // height
    float lit;     // share of its windows
    std::uint64_t seed;
  };

  Vec3 above(float u, float height) const {
    const Vec3 horizon = mix(Vec3{0.11f, 0.055f, 0.040f}, Vec3{0.62f, 0.22f, 0.10f}, dusk_);
    const Vec3 zenith = mix(Vec3{0.006f, 0.010f, 0.024f}, Vec3{0.030f, 0.055f, 0.15f}, dusk_);
    const float cloud = tile_.at(u * 1.2f, 1.0f / (height + 0.25f));
    Vec3 colour = mix(horizon, zenith, smoothstep(-0.05f, 0.52f, height + 0.05f * cloud));
    colour = colour * (1.0f + 0.25f * cloud);
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      const Tower* tower = tower_at(layers_[i], u);
      if (tower == nullptr) continue;
      const float cover = clamp01((tower->height - height) / pixel_ + 0.5f);
      if (cover > 0) colour = mix(colour, facade(*tower, i == 0, u, height), cover);
    }
    // The glow of the streets.
    return colour + Vec3{0.30f, 0.15f, 0.05f} * (0.8f * glow(height * height, 0.018f));
  }

  static const Tower* tower_at(const std::vector<Tower>& towers, float u) {
    const auto after = std::upper_bound(towers.begin(), towers.end(), u,
                                        [](float x, const Tower& tower) { return x < tower.left; });
    if (after == towers.begin()) return nullptr;
    const Tower& tower = *(after - 1);
    return u < tower.left + tower.width ? &tower : nullptr;
  }

  Vec3 facade(const Tower& tower, bool far, float u, float height) const {
    const float across = (u - tower.left) / (tower.storey * 0.85f);
    const float up = (tower.height - height) / tower.storey - 0.7f;
    const int column = floor_to_int(across);
    const int row = floor_to_int(up);
    Vec3 wall = mix(Vec3{0.010f, 0.012f, 0.020f}, Vec3{0.045f, 0.042f, 0.060f}, dusk_);
    if (far) wall = wall * 1.5f + Vec3{0.020f, 0.012f, 0.012f};
    const std::uint64_t h = hash(tower.seed ^ static_cast<std::uint64_t>(row * 131 + column));
    // Lights go on by the room: neighbours often agree.
    const std::uint64_t room = hash(tower.seed + static_cast<std::uint64_t>(row * 61 + column / 3));
    const bool lit = up > 0 && 0.6f * unit(h) + 0.4f * unit(room) < tower.lit * 0.75f;
    if (!lit) return wall;
    const float soft = pixel_ / tower.storey;
    const float x = std::abs(across - static_cast<float>(column) - 0.5f);
    const float y = std::abs(up - static_cast<float>(row) - 0.5f);
    const float pane =
        smoothstep(0.34f + soft, 0.34f - soft, x) * smoothstep(0.30f + soft, 0.30f - soft, y);
    const Vec3 light = mix(kLamps[1], kLamps[2], unit(hash(room)));
    return wall + light * (pane * (0.20f + 0.95f * unit(hash(h))) * (far ? 0.55f : 1.0f));
  }

  float pixel_;
  NoiseTile tile_;
  float horizon_;
  float dusk_;  // 0 deep night, 1 the sun has just set
  std::array<std::vector<Tower>, 2> layers_;
};

// The Milky Way above a ridge, and a lit tent.
class Stars : public Scene {
 public:
  Stars(const View& view, Random random)
      : pixel_(view.pixel),
        tile_(random.next(), 0.6f),
        seed_(random.next()),
        horizon_(random.uniform(0.70f, 0.80f)),
        lean_(random.uniform(-0.7f, 0.7f)),
        shift_(random.uniform(-0.25f, 0.25f) * view.aspect),
        tent_(random.uniform(-0.3f, 0.3f) * view.aspect),
        warm_(random.chance(0.5f) ? Vec3{0.40f, 0.16f, 0.06f} : Vec3{0.06f, 0.20f, 0.16f}) {
    const float offset = random.uniform(0.0f, 8.0f);
    for (std::size_t i = 0; i < ridges_.size(); ++i) {
      const float high = i == 0 ? 0.22f : 0.05f;
      ridges_[i] = Ridge(view, [&](float u) {
        const float x = u * (i == 0 ? 1.2f : 0.8f) + offset;
        const float n = tile_.at(x, static_cast<float>(i) * 2.0f + 0.5f);
        return high * (0.65f - std::abs(n) + 0.12f * tile_.detail(x, 1.0f)) - 0.02f;
      });
    }
  }

  float noise() const override { return kNightNoise; }

  Vec3 at(float u, float v) const override {
    const float height = horizon_ - v;
    const float far = clamp01((ridges_[0].height(u) - height) / pixel_ + 0.5f);
    const float near = clamp01((ridges_[1].height(u) - height) / pixel_ + 0.5f);
    Vec3 colour = far < 1 ? heavens(u, height) : Vec3{};
    if (far > 0) {
      const float relief =
          tile_.at(u * 4.0f, height * 6.0f) + 0.4f * tile_.detail(u * 4.0f, height * 6.0f);
      const Vec3 stone = Vec3{0.012f, 0.016f, 0.028f} * (1.0f + 0.8f * relief) +
                         warm_ * (0.08f * glow(height * height, 0.06f));
      colour = mix(colour, stone, far);
    }
    if (near > 0) colour = mix(colour, meadow(u, height), near);
    return tent(colour, u, height);
  }

 private:
  Vec3 heavens(float u, float height) const {
    const Vec3 zenith = {0.008f, 0.014f, 0.036f};
    Vec3 colour =
        zenith + warm_ * (0.50f * glow(height * height, 0.13f)) + Vec3{0.012f, 0.020f, 0.035f};
    const float along = u - shift_ - lean_ * (height - 0.35f);
    const float dust = tile_.at(u * 2.2f + 1.0f, height * 2.2f);
    const float fine = tile_.detail(u * 1.4f, height * 1.4f);
    const float band = glow((along + 0.07f * dust) * (along + 0.07f * dust), 0.13f);
    const float lane = smoothstep(0.15f, -0.25f, dust + 0.35f * fine - 6.0f * along * along);
    const Vec3 milk =
        mix(Vec3{0.20f, 0.13f, 0.11f}, Vec3{0.11f, 0.13f, 0.21f}, clamp01(0.5f + dust));
    colour = colour + milk * (band * band * (0.35f + 0.85f * lane) * (0.85f + 0.4f * fine));
    const float many = 0.35f + 0.65f * band;
    colour = colour + stars(u, height, 130.0f, 0.20f * many, 0.9f) +
             stars(u, height, 44.0f, 0.10f, 2.2f);
    return colour + stars(u, height, 11.0f, 0.12f, 5.0f);
  }

  // At most one star in each square of a grid.
  Vec3 stars(float u, float height, float squares, float share, float light) const {
    const float x = u * squares + 1000.0f;
    const float y = height * squares + 1000.0f;
    const int column = static_cast<int>(x);
    const int row = static_cast<int>(y);
    const std::uint64_t h =
        hash(seed_ ^ (static_cast<std::uint64_t>(column) << 32 | static_cast<std::uint64_t>(row)));
    if (unit(h) >= share) return {};
    const std::uint64_t g = hash(h);
    const float radius =
        std::max(0.0011f * squares * (0.6f + 0.4f * light / 5.0f), 1.1f * pixel_ * squares);
    const float room = 0.5f - std::min(radius, 0.5f);
    const float dx = x - static_cast<float>(column) - 0.5f + room * (2.0f * unit(g) - 1.0f);
    const float dy = y - static_cast<float>(row) - 0.5f + room * (2.0f * unit(hash(g)) - 1.0f);
    const float core = clamp01(1.0f - (dx * dx + dy * dy) / (radius * radius));
    const float bright = unit(g << 20);
    const Vec3 tint = mix(Vec3{1.0f, 0.82f, 0.62f}, Vec3{0.72f, 0.84f, 1.0f}, unit(g << 40 >> 16));
    // Where a star is smaller than a pixel, it dims.
    const float small = std::min(0.0009f / pixel_, 1.0f);
    return tint * (core * core * light * small * (0.08f + bright * bright * bright));
  }

  Vec3 meadow(float u, float height) const {
    const float below = 0.09f - height;
    const float far = 1.0f / (below + 0.05f);
    const float grass =
        tile_.at(u * far, far * 2.0f) + 0.7f * tile_.detail(u * far * 0.7f, below * 3.0f);
    const float du = u - tent_;
    const float dh = height + 0.045f;
    const Vec3 lamp = Vec3{1.0f, 0.50f, 0.16f} * (0.22f * glow(du * du + 6.0f * dh * dh, 0.07f));
    return (Vec3{0.010f, 0.014f, 0.016f} + lamp * Vec3{0.30f, 0.42f, 0.16f}) *
           (1.0f + 0.75f * grass);
  }

  Vec3 tent(Vec3 behind, float u, float height) const {
    const float foot = -0.055f;
    const float x = std::abs(u - tent_) / 0.085f;
    const float y = (height - foot) / 0.085f;
    const float roof = 1.0f - x + 0.12f * x * (1.0f - x);  // the cloth sags
    const float soft = pixel_ / 0.085f;
    const float cover = smoothstep(-soft, soft, roof - y) * smoothstep(-soft, soft, y);
    if (cover <= 0) return behind;
    const float lamp = glow(x * x + (y - 0.3f) * (y - 0.3f), 0.45f);
    const float seam = smoothstep(0.035f, 0.015f, std::abs(u - tent_) / 0.085f) * 0.35f;
    const float cloth = 1.0f + 0.10f * tile_.at(u * 25.0f, height * 18.0f);
    const Vec3 light = mix(Vec3{0.55f, 0.13f, 0.02f}, Vec3{1.15f, 0.66f, 0.22f}, lamp);
    return mix(behind, light * (cloth * (1.0f - seam)), cover);
  }

  float pixel_;
  NoiseTile tile_;
  std::uint64_t seed_;
  float horizon_;
  float lean_;   // of the Milky Way
  float shift_;  // position of the Milky Way
  float tent_;   // where the tent stands
  Vec3 warm_;    // the glow behind the ridge
  std::array<Ridge, 2> ridges_;
};

}  // namespace

std::unique_ptr<Scene> make_night(const View& view, std::uint64_t seed) {
  Random random(seed);
  switch (random.below(3)) {
    case 0:
      return std::make_unique<StreetLights>(view, random);
    case 1:
      return std::make_unique<City>(view, random);
    default:
      return std::make_unique<Stars>(view, random);
  }
}

}  // namespace imagemill::imaging::sample
