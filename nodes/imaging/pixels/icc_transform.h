// A colour transform to sRGB, by lcms2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "nodes/imaging/pixels/image.h"
#include "nodes/imaging/pixels/result.h"

namespace imagemill::imaging {

// Not thread-safe; moves cost a pointer.
class IccTransform {
 public:
  // Perceptual intent. Pixel formats are lcms2's, of gray or CMYK (TYPE_CMYK_8_REV, …); where both
  // have alpha, it is copied. Requires: `profile` is what conversion_profile() made for the input
  // format's colour space. Fault: profile_dropped, where lcms2 makes no conversion of it, or needs
  // more than the bounds below. Throws std::bad_alloc where the system has no memory. Cost: some
  // 20 ms for CMYK, 1 ms for gray.
  static Result<IccTransform> to_srgb(const Bytes& profile, std::uint32_t input_format,
                                      std::uint32_t output_format);

  // The most that lcms2 may allocate for a transform while it is made, and for as long as there is
  // one.
  static constexpr std::size_t kGrayMemoryBound = std::size_t{1} << 20;
  static std::size_t cmyk_memory_bound(std::size_t profile_bytes);

  IccTransform(IccTransform&&) noexcept;
  IccTransform& operator=(IccTransform&&) noexcept;
  ~IccTransform();

  // Not in place. Requires: no overlap.
  void apply(const void* from, void* to, int pixels) const;

  // What it has allocated, and the most that there was while it was made.
  std::size_t bytes() const;
  std::size_t peak_bytes() const;

 private:
  struct State;
  explicit IccTransform(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace imagemill::imaging
