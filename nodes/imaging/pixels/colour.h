// Conversions between pixel formats.
#pragma once

#include <functional>
#include <string>

#include "nodes/imaging/pixels/image.h"

namespace imagemill::imaging {

struct Rgb {
  std::uint8_t r = 0, g = 0, b = 0;
  bool is_gray() const { return r == g && g == b; }
  friend bool operator==(const Rgb&, const Rgb&) = default;
};

// Converts 16 bits to 8, rounded to nearest: round(v · 255 / 65535). 8-bit images are returned as
// they are.
Image to_8_bit(Image image);

// Composites the image over `background` and removes alpha. Images without alpha are returned as
// they are. A gray image on a background that is not gray becomes RGB (as by to_rgb).
Image flatten(Image image, Rgb background);

// Converts gray to RGB and keeps alpha. A gray profile is applied on the way (lcms2, perceptual
// intent, to sRGB), so the result carries no profile. A profile that carry_profile() would refuse
// is ignored. RGB images are returned as they are. Keeps 8 or 16 bits.
Image to_rgb(Image image);

// Upper bound of what to_rgb() allocates beside its result, in bytes, for a picture with a profile
// of `profile_bytes`. 0 for a picture without a profile.
std::size_t to_rgb_bytes(std::size_t profile_bytes);

// Cache of carry_profile()'s verdict on the last gray profile. Pictures from one source share a
// profile, and trying it takes longer than decoding a small picture. Not thread-safe: use one for
// each thread.
class TriedProfile {
 public:
  // Why the profile is not used with pixels of `format`; empty if it is used. Null unless this
  // profile and format were the last ones tried.
  const std::string* why_not(const Bytes& profile, PixelFormat format) const;
  // Keeps a copy of the profile and the verdict. A long profile is not kept: no plan of memory
  // counts it.
  void keep(const Bytes& profile, PixelFormat format, const std::string& why_not);

 private:
  Bytes profile_;  // empty: no verdict yet
  PixelFormat format_;
  std::string why_not_;
};

// Gives the picture the profile embedded in its file, if it fits: RGB for 3 and 4 channels; gray
// that to_rgb() can apply for 1 and 2. Otherwise calls `dropped` with the reason; null skips the
// call. `tried` caches verdicts between pictures; null caches none.
void carry_profile(Image& image, SharedBytes profile,
                   const std::function<void(std::string why)>& dropped,
                   TriedProfile* tried = nullptr);

}  // namespace imagemill::imaging
