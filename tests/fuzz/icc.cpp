// Any bytes as an embedded profile, of gray and of CMYK.
#include <array>
#include <cstdint>
#include <cstdlib>

#include <lcms2.h>

#include "nodes/imaging/pixels/icc_profile.h"
#include "nodes/imaging/pixels/icc_transform.h"

using namespace imagemill::imaging;

namespace {

void convert(std::span<const std::uint8_t> profile, DeviceSpace space, std::uint32_t from,
             std::uint32_t to, std::size_t bound) {
  constexpr int kPixels = 16;
  const auto conversion = conversion_profile(profile, space);
  if (!conversion) return;
  const auto transform = IccTransform::to_srgb(*conversion, from, to);
  if (!transform) return;
  if (transform->peak_bytes() > bound) std::abort();
  std::array<std::uint8_t, std::size_t{8} * kPixels> in{};
  std::array<std::uint8_t, std::size_t{8} * kPixels> out{};
  for (std::size_t i = 0; i < in.size(); ++i) in[i] = static_cast<std::uint8_t>(37 * i);
  transform->apply(in.data(), out.data(), kPixels);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span profile(data, size);
  device_space(profile);
  const std::size_t gray = IccTransform::kGrayMemoryBound;
  convert(profile, DeviceSpace::gray, TYPE_GRAY_8, TYPE_RGB_8, gray);
  convert(profile, DeviceSpace::gray, TYPE_GRAYA_16, TYPE_RGBA_16, gray);
  convert(profile, DeviceSpace::cmyk, TYPE_CMYK_8_REV, TYPE_RGB_8,
          IccTransform::cmyk_memory_bound(size));
  return 0;
}
