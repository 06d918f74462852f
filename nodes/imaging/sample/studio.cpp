// Fruit and polished balls on a table, lit by a softbox; what stands behind the focus is blurred.
#include <array>

#include "nodes/imaging/sample/noise.h"
#include "nodes/imaging/sample/scene.h"

namespace imagemill::imaging::sample {
namespace {

enum class Skin { orange, apple, glazed, stone };

struct Ball {
  Vec3 centre;
  float radius = 0;
  Skin skin = Skin::glazed;
  Vec3 colour;
  Vec3 second;     // of streaks and veins
  Vec3 axis;       // from the foot to the stem
  float blur = 0;  // of its outline, relative to its distance
};

// A table with balls. Lengths are in metres: x to the right, y up, z away from the camera. The
// table is y = 0.
class Studio : public Scene {
 public:
  Studio(const View& view, Random random)
      : pixel_(view.pixel), tile_(random.next(), 0.58f), wood_(random.chance(0.6f)) {
    constexpr std::array<Vec3, 5> kBackdrops = {{{0.30f, 0.33f, 0.36f},
                                                 {0.42f, 0.36f, 0.30f},
                                                 {0.13f, 0.19f, 0.23f},
                                                 {0.30f, 0.17f, 0.14f},
                                                 {0.60f, 0.60f, 0.58f}}};
    constexpr std::array<Vec3, 3> kTables = {
        {{0.30f, 0.155f, 0.070f}, {0.16f, 0.085f, 0.045f}, {0.50f, 0.34f, 0.19f}}};
    backdrop_ = kBackdrops[static_cast<std::size_t>(random.below(5))];
    table_ = wood_ ? kTables[static_cast<std::size_t>(random.below(3))] : backdrop_ * 1.15f;
    softbox_ = normalized({random.chance(0.5f) ? -0.55f : 0.55f, 0.9f, -0.50f});
    fruit_ = random.chance(0.6f);
    const float spread = std::min(view.aspect, 1.5f);
    for (int tries = 0; tries < 60 && count_ < static_cast<int>(balls_.size()); ++tries) {
      place(spread, random);
    }
    // Sorted by distance, nearest first.
    std::sort(balls_.begin(), balls_.begin() + count_,
              [](const Ball& a, const Ball& b) { return a.centre.z < b.centre.z; });
    light_balls();
  }

  float noise() const override { return 4.7f; }

  Vec3 at(float u, float v) const override {
    const Vec3 ray = ray_to(u, v);
    Vec3 colour;
    float open = 1;
    for (int i = 0; i < count_ && open > 0; ++i) {
      const Ball& ball = balls_[static_cast<std::size_t>(i)];
      const Hit hit = meet(ball, ray);
      if (hit.cover <= 0) continue;
      colour = colour + shade(i, ray, hit) * (open * hit.cover);
      open *= 1.0f - hit.cover;
    }
    return open > 0 ? colour + behind(u, v, ray) * open : colour;
  }

  float subject(float u, float v) const override {
    const Vec3 ray = ray_to(u, v);
    float open = 1;
    for (int i = 0; i < count_; ++i)
      open *= 1.0f - meet(balls_[static_cast<std::size_t>(i)], ray).cover;
    return 1.0f - open;
  }

 private:
  struct Hit {
    float cover = 0;     // how much of the pixel it covers
    float distance = 0;  // along the ray
  };

  static constexpr Vec3 kEye = {0.0f, 1.55f, -4.1f};

  Vec3 ray_to(float u, float v) const {
    const Vec3 right = {1, 0, 0};
    const Vec3 up = {0, 0.9701f, 0.2425f};  // the camera looks down, by 14°
    const Vec3 forward = {0, -0.2425f, 0.9701f};
    return normalized(right * u + up * (0.5f - v) + forward * 1.65f);
  }

  void place(float spread, Random& random) {
    Ball ball;
    const bool first = count_ == 0;
    ball.radius = first ? random.uniform(0.48f, 0.58f) : random.uniform(0.22f, 0.48f);
    ball.centre.x =
        first ? random.uniform(-0.3f, 0.3f) * spread : random.uniform(-1.05f, 1.05f) * spread;
    ball.centre.y = ball.radius;
    ball.centre.z = first ? 0.0f : random.uniform(-0.7f, 2.0f);
    for (int i = 0; i < count_; ++i) {
      const Vec3 apart = balls_[static_cast<std::size_t>(i)].centre - ball.centre;
      const float reach = balls_[static_cast<std::size_t>(i)].radius + ball.radius;
      if (dot(apart, apart) < reach * reach * 1.02f) return;
    }
    paint(ball, random);
    const float defocus = std::abs(ball.centre.z) - 0.35f;
    ball.blur = 0.0085f * std::max(defocus, 0.0f);
    balls_[static_cast<std::size_t>(count_++)] = ball;
  }

  void paint(Ball& ball, Random& random) const {
    struct Paint {
      Skin skin;
      Vec3 colour;
      Vec3 second;
    };
    constexpr std::array<Paint, 5> kFruit = {
        {{Skin::orange, {0.90f, 0.33f, 0.030f}, {0.70f, 0.30f, 0.03f}},
         {Skin::apple, {0.52f, 0.030f, 0.022f}, {0.80f, 0.42f, 0.10f}},
         {Skin::apple, {0.36f, 0.50f, 0.055f}, {0.62f, 0.66f, 0.16f}},
         {Skin::orange, {0.86f, 0.64f, 0.060f}, {0.60f, 0.55f, 0.05f}},
         {Skin::apple, {0.085f, 0.030f, 0.090f}, {0.25f, 0.10f, 0.20f}}}};
    constexpr std::array<Paint, 6> kPolished = {
        {{Skin::glazed, {0.030f, 0.11f, 0.30f}, {}},
         {Skin::glazed, {0.66f, 0.62f, 0.55f}, {}},
         {Skin::glazed, {0.45f, 0.055f, 0.035f}, {}},
         {Skin::stone, {0.62f, 0.60f, 0.57f}, {0.16f, 0.15f, 0.15f}},
         {Skin::stone, {0.050f, 0.16f, 0.12f}, {0.40f, 0.55f, 0.42f}},
         {Skin::glazed, {0.75f, 0.42f, 0.05f}, {}}}};
    const Paint paint = fruit_ ? kFruit[static_cast<std::size_t>(random.below(5))]
                               : kPolished[static_cast<std::size_t>(random.below(6))];
    ball.skin = paint.skin;
    ball.colour = paint.colour * random.uniform(0.85f, 1.15f);
    ball.second = paint.second;
    ball.axis.x = random.uniform(-0.5f, 0.5f);
    ball.axis.y = 1;
    ball.axis.z = random.uniform(-0.7f, 0.1f);
    ball.axis = normalized(ball.axis);
  }

  // Sets for each ball how far its neighbours cut it off from the softbox, by their shadow on the
  // ball's centre. Coarse, and enough for one light that is as large as the balls.
  void light_balls() {
    for (int i = 0; i < count_; ++i) {
      const Ball& ball = balls_[static_cast<std::size_t>(i)];
      const Vec3 top = ball.centre + Vec3{0, ball.radius * 0.4f, 0};
      float lit = 1;
      for (int k = 0; k < count_; ++k) {
        if (k != i) lit *= 0.35f + 0.65f * shadow(balls_[static_cast<std::size_t>(k)], top);
      }
      lit_[static_cast<std::size_t>(i)] = lit;
    }
  }

  Hit meet(const Ball& ball, Vec3 ray) const {
    const Vec3 to = ball.centre - kEye;
    const float along = dot(to, ray);
    const float miss_squared = dot(to, to) - along * along;
    const float edge = (pixel_ * 0.65f + ball.blur) * along;
    const float outer = ball.radius + edge;
    if (miss_squared >= outer * outer) return {};
    const float miss = std::sqrt(std::max(miss_squared, 0.0f));
    const float inside = std::max(ball.radius * ball.radius - miss_squared, 0.0f);
    return {smoothstep(-edge, edge, ball.radius - miss), along - std::sqrt(inside)};
  }

  // Share of the softbox that is seen past a ball.
  float shadow(const Ball& ball, Vec3 from) const {
    const Vec3 to = from - ball.centre;
    const float b = dot(to, softbox_);
    const float c = dot(to, to) - ball.radius * ball.radius;
    if (b > 0 || c < 0) return c < 0 ? 0.0f : 1.0f;
    const float h = b * b - c;
    const float past = std::sqrt(std::max(ball.radius * ball.radius - h, 0.0f)) - ball.radius;
    const float distance = -b - std::sqrt(std::max(h, 0.0f));
    return smoothstep(-0.45f, 1.0f, 5.0f * past / std::max(distance, 0.05f));
  }

  Vec3 skin(const Ball& ball, Vec3 normal, float& bump) const {
    const Vec3 side = normalized({ball.axis.y, -ball.axis.x, 0.0f});
    const Vec3 front = {ball.axis.y * side.z - ball.axis.z * side.y,
                        ball.axis.z * side.x - ball.axis.x * side.z,
                        ball.axis.x * side.y - ball.axis.y * side.x};
    const float pole = dot(normal, ball.axis);
    const float flat = 1.0f / (1.05f + std::abs(pole));
    const float x = dot(normal, side) * flat + ball.centre.x;
    const float y = dot(normal, front) * flat + ball.centre.z;
    switch (ball.skin) {
      case Skin::orange: {
        const float pores = tile_.at(x * 9.0f, y * 9.0f) + 0.5f * tile_.detail(x * 2.5f, y * 2.5f);
        bump = 0.10f * pores;
        const float stem = smoothstep(0.990f, 0.996f, pole);
        const Vec3 peel = ball.colour * (1.0f + 0.07f * pores + 0.10f * tile_.at(x, y));
        return mix(peel, Vec3{0.10f, 0.13f, 0.03f}, stem * 0.85f);
      }
      case Skin::apple: {
        const float sx = dot(normal, side);
        const float sy = dot(normal, front);
        const float r = 1.0f / std::sqrt(sx * sx + sy * sy + 1e-4f);
        const float streak = tile_.at(sx * r * 8.5f, sy * r * 8.5f + pole * 0.9f);
        const float blush = clamp01(0.22f + 0.30f * streak + 0.65f * tile_.at(x * 0.8f, y * 0.8f) +
                                    0.30f * (pole - 0.4f));
        const float dots = smoothstep(0.70f, 0.85f, tile_.at(x * 7.0f + 2.0f, y * 7.0f));
        const Vec3 peel = mix(ball.colour, ball.second, blush) + Vec3{0.12f, 0.10f, 0.05f} * dots;
        const float dimple = smoothstep(0.90f, 0.985f, pole);
        bump = 0.02f * streak;
        return peel * (1.0f - 0.65f * dimple);
      }
      case Skin::stone: {
        const float warp = tile_.at(x * 1.1f, y * 1.1f);
        const float vein =
            1.0f - smoothstep(0.0f, 0.16f, std::abs(tile_.at(x * 1.6f + warp, y * 1.6f - warp)));
        bump = 0;
        return mix(ball.colour * (1.0f + 0.25f * warp + 0.1f * tile_.detail(x, y)), ball.second,
                   vein * 0.7f);
      }
      default:
        bump = 0.004f * tile_.at(x * 4.0f, y * 4.0f);
        return ball.colour * (1.0f + 0.05f * tile_.at(x * 2.0f, y * 2.0f));
    }
  }

  Vec3 shade(int index, Vec3 ray, const Hit& hit) const {
    const Ball& ball = balls_[static_cast<std::size_t>(index)];
    const Vec3 at = kEye + ray * hit.distance;
    Vec3 normal = (at - ball.centre) * (1.0f / ball.radius);
    float bump = 0;
    const Vec3 albedo = skin(ball, normal, bump);
    const float sharp = 1.0f / (1.0f + 120.0f * ball.blur);
    normal = normalized(normal + Vec3{bump, bump, 0} * sharp);

    const float facing = dot(normal, softbox_);
    const float key = clamp01(facing * 0.80f + 0.20f) * lit_[static_cast<std::size_t>(index)];
    const float above = 0.5f + 0.5f * normal.y;
    const float contact = smoothstep(-0.1f, 0.9f, at.y / ball.radius);
    const Vec3 ambient = backdrop_ * (0.55f * above) + Vec3{0.16f, 0.16f, 0.17f} * above +
                         table_ * (0.40f * (1.0f - above) * contact);
    Vec3 colour =
        albedo * (Vec3{1.25f, 1.20f, 1.12f} * (key * (0.35f + 0.65f * contact)) + ambient);

    const Vec3 mirrored = ray - normal * (2.0f * dot(ray, normal));
    const bool glossy = ball.skin == Skin::glazed || ball.skin == Skin::stone;
    const float grazing = 1.0f - clamp01(-dot(ray, normal));
    const float fresnel = 0.045f + 0.75f * grazing * grazing * grazing * grazing * grazing;
    const float blur = (glossy ? 0.02f : 0.16f) + ball.blur * 4.0f;
    Vec3 room =
        mix(table_ * 0.5f, backdrop_ * 1.1f, smoothstep(-0.05f - blur, 0.05f + blur, mirrored.y));
    room =
        room + Vec3{1.0f, 0.98f, 0.95f} * (softbox_seen(mirrored, blur) * (glossy ? 11.0f : 5.0f));
    return colour + room * (fresnel * (glossy ? 1.0f : 0.65f));
  }

  // Light of a square softbox with a soft rim, seen along `direction`.
  float softbox_seen(Vec3 direction, float blur) const {
    const float toward = dot(direction, softbox_);
    if (toward <= 0) return 0;
    const Vec3 side = normalized({softbox_.z, 0, -softbox_.x});
    const Vec3 off = direction * (1.0f / toward) - softbox_;
    const float x = std::abs(dot(off, side));
    const float y_squared = dot(off, off) - x * x;
    const float y = std::sqrt(std::max(y_squared, 0.0f));
    return smoothstep(0.36f + blur, 0.36f - blur, x) * smoothstep(0.36f + blur, 0.36f - blur, y);
  }

  Vec3 behind(float u, float v, Vec3 ray) const {
    const float fall = softbox_.x < 0 ? u : -u;
    const float clouds = tile_.at(u * 0.7f, v * 0.7f);
    const Vec3 wall = backdrop_ * (0.85f - 0.28f * fall - 0.55f * v + 0.10f * clouds);
    if (ray.y > -0.05f) return wall;
    const float distance = -kEye.y / ray.y;
    const Vec3 at = kEye + ray * distance;
    const float far = smoothstep(2.0f, 8.0f, at.z);
    if (far >= 1) return wall;

    float lit = 1;
    float open = 1;
    for (int i = 0; i < count_; ++i) {
      const Ball& ball = balls_[static_cast<std::size_t>(i)];
      const Vec3 to = ball.centre - at;
      const float squared = dot(to, to);
      const float reach = 5.0f * ball.radius;
      if (squared > reach * reach) continue;
      lit *= shadow(ball, at);
      const float inverse = 1.0f / std::sqrt(squared);
      open *=
          1.0f -
          clamp01(ball.radius * ball.radius * ball.radius * inverse * inverse * inverse) * 0.85f;
    }
    const float focus = glow(at.z * at.z, 1.1f);
    const Vec3 albedo =
        wood_ ? planks(at, focus) : table_ * (1.0f + 0.05f * tile_.detail(at.x, at.z) * focus);
    const Vec3 colour = albedo * (Vec3{1.10f, 1.06f, 1.0f} * (0.85f * lit) +
                                  (backdrop_ * 0.5f + Vec3{0.14f, 0.14f, 0.15f}) * open);
    return mix(colour, wall, far);
  }

  Vec3 planks(Vec3 at, float focus) const {
    const float x = at.z * 1.6f + 40.0f;
    const int plank = static_cast<int>(x);
    const float tone = unit(hash(static_cast<std::uint64_t>(plank)));
    const float shift = 5.0f * tone;
    const float rings = tile_.at(at.x * 0.35f + shift, x * 2.2f);
    const float grain = tile_.at(at.x * 1.3f + shift, x * 14.0f);
    const float fine = tile_.at(at.x * 5.0f, x * 60.0f);
    const float inside = x - static_cast<float>(plank);
    const float gap =
        smoothstep(0.012f + 0.05f * (1 - focus), 0.0f, std::min(inside, 1.0f - inside));
    const float detail = 0.30f * rings + (0.16f * grain + 0.14f * fine) * (0.25f + 0.75f * focus);
    return table_ * ((0.80f + 0.35f * tone + detail) * (1.0f - 0.7f * gap));
  }

  float pixel_;
  NoiseTile tile_;
  bool wood_;
  bool fruit_ = false;
  Vec3 backdrop_;
  Vec3 table_;
  Vec3 softbox_;  // the direction to the light
  int count_ = 0;
  std::array<Ball, 6> balls_;
  std::array<float, 6> lit_{};
};

}  // namespace

std::unique_ptr<Scene> make_studio(const View& view, std::uint64_t seed) {
  return std::make_unique<Studio>(view, Random(seed));
}

}  // namespace imagemill::imaging::sample
