// A colour transform to sRGB, by lcms2.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "nodes/imaging/image.h"

namespace imagemill::imaging {

// Perceptual intent. Pixel formats are lcms2's (TYPE_CMYK_8_REV, ...); where both have alpha, it is
// copied.
class IccTransform {
 public:
  // Empty where the profile is damaged or not of the input format's colour space.
  static std::optional<IccTransform> to_srgb(const Bytes& profile, std::uint32_t input_format,
                                             std::uint32_t output_format);

  // Not in place. Requires: no overlap.
  void apply(const void* from, void* to, int pixels) const;

 private:
  struct Delete {
    void operator()(void* transform) const;
  };
  explicit IccTransform(void* transform) : transform_(transform) {}
  std::unique_ptr<void, Delete> transform_;
};

}  // namespace imagemill::imaging
