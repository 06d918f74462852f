#include "nodes/imaging/sample_photo.h"

#include <vector>

#include "nodes/imaging/sample/noise.h"
#include "nodes/imaging/sample/scene.h"

namespace imagemill::imaging {
namespace {

using sample::hash;
using sample::Scene;
using sample::Vec3;

std::unique_ptr<Scene> make_scene(SampleScene scene, Size size, std::uint64_t seed) {
  const sample::View view(size);
  switch (scene) {
    case SampleScene::landscape:
      return sample::make_landscape(view, seed);
    case SampleScene::seaside:
      return sample::make_seaside(view, seed);
    case SampleScene::night:
      return sample::make_night(view, seed);
    case SampleScene::studio:
      break;
  }
  return sample::make_studio(view, seed);
}

// From light to 8 bits, a row at a time: lens, film curve, sensor noise. The tone curve is a square
// root, in which photon noise is equally strong from black to white.
class Camera {
 public:
  Camera(Size size, float noise, std::uint64_t seed)
      : size_(size), seed_(seed), grain_(3 * (static_cast<std::size_t>(size.width) + kShifts)) {
    sample::Random random(seed);
    for (std::size_t i = 0; i < grain_.size(); i += 3) {
      const float shared = noise * gaussian(random.next());
      const std::uint64_t own = random.next();
      for (std::size_t c = 0; c < 3; ++c) {
        grain_[i + c] = shared + 0.35f * noise * gaussian(own << (16 * c)) + 0.5f;
      }
    }
  }

  // `light`: 3 · width samples, overwritten.
  void expose(int y, std::vector<float>& light) const {
    vignette(y, light);
    const std::size_t shift = 3 * (hash(seed_ ^ static_cast<std::uint64_t>(y)) % kShifts);
    const float* grain = grain_.data() + shift;
    for (std::size_t i = 0; i < light.size(); ++i) {
      const float x = std::max(light[i], 0.0f);
      const float film = x * (1.0f + x * 0.16f) / (0.55f + x);  // a soft shoulder
      const float tone = std::sqrt(std::min(film, 1.0f));
      const float curve = tone * (0.72f + tone * (0.84f - 0.56f * tone));  // a little contrast
      light[i] = std::min(std::max(curve * 255.0f + grain[i], 0.0f), 255.0f);
    }
  }

 private:
  static constexpr std::size_t kShifts = 4096;  // where in the grain a row may begin

  // Mean 0, standard deviation about 1: the sum of the upper four half-bytes... of eight uniforms.
  static float gaussian(std::uint64_t bits) {
    int sum = 0;
    for (int i = 0; i < 4; ++i) sum += static_cast<int>(bits >> (60 - 4 * i) & 15);
    return static_cast<float>(sum - 30) * (1.0f / 9.22f);
  }

  void vignette(int y, std::vector<float>& light) const {
    const float diagonal = static_cast<float>(size_.width) * static_cast<float>(size_.width) +
                           static_cast<float>(size_.height) * static_cast<float>(size_.height);
    const float dy = static_cast<float>(2 * y - size_.height);
    for (int x = 0; x < size_.width; ++x) {
      const float dx = static_cast<float>(2 * x - size_.width);
      const float dim = 1.0f - 0.28f * (dx * dx + dy * dy) / diagonal;
      for (int c = 0; c < 3; ++c) light[static_cast<std::size_t>(3 * x + c)] *= dim;
    }
  }

  Size size_;
  std::uint64_t seed_;
  std::vector<float> grain_;
};

Image photograph(const Scene& scene, Size size, std::uint64_t seed, bool cut_out) {
  Image image(size, {cut_out ? 4 : 3, 8});
  const sample::View view(size);
  const Camera camera(size, scene.noise(), seed);
  std::vector<float> light(3 * static_cast<std::size_t>(size.width));
  for (int y = 0; y < size.height; ++y) {
    const float v = (static_cast<float>(y) + 0.5f) * view.pixel;
    for (int x = 0; x < size.width; ++x) {
      const float u = (static_cast<float>(x) + 0.5f) * view.pixel - 0.5f * view.aspect;
      const Vec3 colour = scene.at(u, v);
      float* to = light.data() + 3 * x;
      to[0] = colour.x;
      to[1] = colour.y;
      to[2] = colour.z;
    }
    camera.expose(y, light);
    std::uint8_t* out = image.mutable_row(y);
    const float* in = light.data();
    for (int x = 0; x < size.width; ++x, in += 3) {
      for (int c = 0; c < 3; ++c) *out++ = static_cast<std::uint8_t>(in[c]);
      if (!cut_out) continue;
      const float u = (static_cast<float>(x) + 0.5f) * view.pixel - 0.5f * view.aspect;
      *out++ = static_cast<std::uint8_t>(scene.subject(u, v) * 255.0f + 0.5f);
    }
  }
  return image;
}

}  // namespace

Image sample_photo(SampleScene scene, Size size, std::uint64_t seed) {
  return photograph(*make_scene(scene, size, seed), size, seed, false);
}

Image sample_cutout(Size size, std::uint64_t seed) {
  return photograph(*make_scene(SampleScene::studio, size, seed), size, seed, true);
}

}  // namespace imagemill::imaging
