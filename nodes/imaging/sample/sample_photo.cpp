#include "nodes/imaging/sample/sample_photo.h"

#include <algorithm>
#include <array>
#include <cmath>
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

// The camera: converts light to 8 bits, a row at a time, with lens, film and sensor noise.
class Camera {
 public:
  Camera(Size size, float noise, std::uint64_t seed)
      : size_(size),
        seed_(seed),
        vignette_(3 * static_cast<std::size_t>(size.width)),
        grain_(3 * (static_cast<std::size_t>(size.width) + kShifts)) {
    for (std::size_t i = 0; i < vignette_.size(); ++i) {
      vignette_[i] = 1.0f - darkening(static_cast<int>(i / 3), size.width);
    }
    // A small picture has been scaled down, which averages noise away.
    noise *= 0.3f + 0.7f * std::min(static_cast<float>(size.height) / 3000.0f, 1.0f);
    sample::Random random(seed);
    for (std::size_t i = 0; i < grain_.size(); i += 3) {
      const float shared = noise * gaussian(random.next());
      const std::uint64_t own = random.next();
      for (std::size_t c = 0; c < 3; ++c) {
        grain_[i + c] = shared + 0.35f * noise * gaussian(own << (16 * c)) + 0.5f;
      }
    }
  }

  // Writes 3 · width samples of row `y`.
  void expose(int y, const std::vector<float>& light, std::uint8_t* row) const {
    const float dark = darkening(y, size_.height);
    const std::size_t shift = hash(seed_ ^ static_cast<std::uint64_t>(y)) % kShifts;
    const float* grain = grain_.data() + 3 * shift;
    for (std::size_t i = 0; i < light.size(); ++i) {
      const float x = light[i] * (vignette_[i] - dark);
      // Hejl and Burgess-Dawson's film: a toe, a shoulder and the display's gamma in one fraction.
      const float film = 1.08f * x * (6.2f * x + 0.5f) / (x * (6.2f * x + 1.7f) + 0.06f);
      const float value = film * 255.0f + grain[i];
      row[i] = static_cast<std::uint8_t>(std::min(std::max(value, 0.0f), 255.0f));
    }
  }

 private:
  static constexpr std::size_t kShifts = 4096;  // pixels of the grain where a row may begin

  // Light that the lens loses off its axis, by the square of the distance.
  float darkening(int at, int side) const {
    const float off = static_cast<float>(2 * at - side);
    const float width = static_cast<float>(size_.width);
    const float height = static_cast<float>(size_.height);
    return 0.25f * off * off / (width * width + height * height);
  }

  // Random number of mean 0 and standard deviation 1: the sum of the four upper half-bytes.
  static float gaussian(std::uint64_t bits) {
    int sum = 0;
    for (int i = 0; i < 4; ++i) sum += static_cast<int>(bits >> (60 - 4 * i) & 15);
    return static_cast<float>(sum - 30) * (1.0f / 9.22f);
  }

  Size size_;
  std::uint64_t seed_;
  std::vector<float> vignette_;
  std::vector<float> grain_;
};

// The sensor: reads a scene row after row. As on a colour sensor, every other pixel is measured,
// like the dark squares of a chessboard. The pixels between are interpolated from their neighbours:
// half the work, and the softness of a camera's pictures.
class Sensor {
 public:
  Sensor(const Scene& scene, Size size) : scene_(scene), view_(size), size_(size) {
    for (Row& row : rows_) row.resize(static_cast<std::size_t>(size.width) + 2);
    measure(-1);
    measure(0);
  }

  // Writes the next row into `light`, as 3 · width samples.
  void read(std::vector<float>& light) {
    const int y = next_++;
    measure(y + 1);
    Row& here = row(y);
    const Row& above = row(y - 1);
    const Row& below = row(y + 1);
    for (std::size_t i = y % 2 == 0 ? 2 : 1; i + 1 < here.size(); i += 2) {
      here[i] = between(here[i - 1], here[i + 1], above[i], below[i]);
    }
    float* to = light.data();
    for (std::size_t i = 1; i + 1 < here.size(); ++i) {
      *to++ = here[i].x;
      *to++ = here[i].y;
      *to++ = here[i].z;
    }
  }

 private:
  // Mean of the pair that differs less, so along an edge and not across it.
  static Vec3 between(Vec3 left, Vec3 right, Vec3 above, Vec3 below) {
    const bool across = std::abs(left.y - right.y) < std::abs(above.y - below.y);
    return (across ? left + right : above + below) * 0.5f;
  }

  using Row = std::vector<Vec3>;  // one extra pixel on either side

  Row& row(int y) { return rows_[static_cast<std::size_t>((y + 3) % 3)]; }

  void measure(int y) {
    Row& to = row(y);
    for (int x = y % 2 == 0 ? 0 : -1; x <= size_.width; x += 2) {
      to[static_cast<std::size_t>(x + 1)] = scene_.at(view_.u(x), view_.v(y));
    }
  }

  const Scene& scene_;
  sample::View view_;
  Size size_;
  int next_ = 0;
  std::array<Row, 3> rows_;
};

Image photograph(const Scene& scene, Size size, std::uint64_t seed) {
  Image image(size, {3, 8});
  const Camera camera(size, scene.noise(), seed);
  Sensor sensor(scene, size);
  std::vector<float> light(3 * static_cast<std::size_t>(size.width));
  for (int y = 0; y < size.height; ++y) {
    sensor.read(light);
    camera.expose(y, light, image.mutable_row(y));
  }
  return image;
}

}  // namespace

Image sample_photo(SampleScene scene, Size size, std::uint64_t seed) {
  return photograph(*make_scene(scene, size, seed), size, seed);
}

Image sample_cutout(Size size, std::uint64_t seed) {
  const auto scene = make_scene(SampleScene::studio, size, seed);
  const sample::View view(size);
  const Image photo = photograph(*scene, size, seed);
  Image cutout(size, {4, 8});
  for (int y = 0; y < size.height; ++y) {
    const std::uint8_t* in = photo.row(y);
    std::uint8_t* out = cutout.mutable_row(y);
    for (int x = 0; x < size.width; ++x, in += 3, out += 4) {
      std::copy_n(in, 3, out);
      const float coverage = scene->subject(view.u(x), view.v(y));
      out[3] = static_cast<std::uint8_t>(std::lround(coverage * 255.0f));
    }
  }
  return cutout;
}

}  // namespace imagemill::imaging
