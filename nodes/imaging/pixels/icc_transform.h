// A colour transform to sRGB, by lcms2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "nodes/imaging/pixels/image.h"
#include "nodes/imaging/pixels/result.h"

namespace imagemill::imaging {

// A colour transform to sRGB. Not thread-safe; a move costs a pointer.
class IccTransform {
 public:
  // Makes the transform to sRGB, with perceptual intent. Pixel formats are those of lcms2, of gray
  // or CMYK (TYPE_CMYK_8_REV, …). Alpha is copied where both formats have it. Requires:
  // conversion_profile() made `profile` for the colour space of the input format. Fault:
  // profile_dropped, where lcms2 makes no conversion of `profile`, or needs more memory than the
  // bounds below. Throws std::bad_alloc where the system has no memory. Cost: some 20 ms for CMYK,
  // 1 ms for gray.
  static Result<IccTransform> to_srgb(const Bytes& profile, std::uint32_t input_format,
                                      std::uint32_t output_format);

  // Bound of what lcms2 may allocate for a gray transform, in bytes, from its making to its end.
  static constexpr std::size_t kGrayMemoryBound = std::size_t{1} << 20;
  // Bound for a CMYK transform made of a profile of `profile_bytes`.
  static std::size_t cmyk_memory_bound(std::size_t profile_bytes);

  IccTransform(IccTransform&&) noexcept;
  IccTransform& operator=(IccTransform&&) noexcept;
  ~IccTransform();

  // Converts `pixels` pixels from `from` to `to`. Requires: the two do not overlap.
  void apply(const void* from, void* to, int pixels) const;

  // Bytes that lcms2 holds for this transform.
  std::size_t bytes() const;
  // Most bytes that lcms2 held while it made this transform.
  std::size_t peak_bytes() const;

 private:
  struct State;
  explicit IccTransform(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace imagemill::imaging
