// Tools for painting the sample photos: vectors, smooth steps, and the view of a scene.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>

#include "nodes/imaging/pixels/image.h"

namespace imagemill::imaging::sample {

// A point, a direction, or linear light in red, green and blue (1 is a white wall in the sun).
struct Vec3 {
  float x = 0;
  float y = 0;
  float z = 0;
  friend Vec3 operator+(Vec3 a, Vec3 b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
  friend Vec3 operator-(Vec3 a, Vec3 b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
  friend Vec3 operator*(Vec3 a, Vec3 b) { return {a.x * b.x, a.y * b.y, a.z * b.z}; }
  friend Vec3 operator*(Vec3 a, float k) { return {a.x * k, a.y * k, a.z * k}; }
};

inline float dot(Vec3 a, Vec3 b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
inline Vec3 normalized(Vec3 a) { return a * (1.0f / std::sqrt(dot(a, a))); }
inline float clamp01(float x) { return std::min(std::max(x, 0.0f), 1.0f); }
inline float mix(float a, float b, float t) { return a + (b - a) * t; }
inline Vec3 mix(Vec3 a, Vec3 b, float t) { return a + (b - a) * t; }
inline float smoothstep(float low, float high, float x) {
  const float t = clamp01((x - low) * (1.0f / (high - low)));
  return t * t * (3.0f - 2.0f * t);
}
// Bell curve: 1 at 0, 0.5 at `width`, and long tails, as light scatters.
inline float glow(float distance_squared, float width) {
  return width * width / (width * width + distance_squared);
}

// A scene before the camera. Coordinates are in picture heights: u from the centre to the right, v
// from the top down. So a scene is the same picture at every size.
class Scene {
 public:
  virtual ~Scene() = default;
  // Light from (u, v). Thread-safe.
  virtual Vec3 at(float u, float v) const = 0;
  // Share of the subject in the light at (u, v), 0 to 1.
  virtual float subject(float, float) const { return 1.0f; }
  // Standard deviation of the sensor's noise, in 8-bit steps.
  virtual float noise() const { return 4.6f; }
};

struct View {
  explicit View(Size size)
      : aspect(static_cast<float>(size.width) / static_cast<float>(size.height)),
        pixel(1.0f / static_cast<float>(size.height)) {}
  float u(int x) const { return (static_cast<float>(x) + 0.5f) * pixel - 0.5f * aspect; }
  float v(int y) const { return (static_cast<float>(y) + 0.5f) * pixel; }

  float aspect;  // width, in heights
  float pixel;   // a pixel's side, in heights
};

std::unique_ptr<Scene> make_landscape(const View& view, std::uint64_t seed);
std::unique_ptr<Scene> make_seaside(const View& view, std::uint64_t seed);
std::unique_ptr<Scene> make_night(const View& view, std::uint64_t seed);
std::unique_ptr<Scene> make_studio(const View& view, std::uint64_t seed);

}  // namespace imagemill::imaging::sample
