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

// 16 bits to 8, rounded to nearest: round(v · 255 / 65535). 8-bit images come back as they are.
Image to_8_bit(Image image);

// Alpha composited over `background` and removed. Images without alpha come back as they are. A
// gray image on a background that is not gray becomes RGB (as by to_rgb).
Image flatten(Image image, Rgb background);

// Gray becomes RGB, alpha kept. A gray profile is applied on the way (lcms2, perceptual intent, to
// sRGB), so that the result needs none; one that carry_profile() would refuse is ignored. RGB
// images come back as they are. Keeps 8 or 16 bits.
Image to_rgb(Image image);

// Upper bound of what to_rgb() allocates beside its result, for a picture that carries a profile of
// `profile_bytes`; 0 for one without.
std::size_t to_rgb_bytes(std::size_t profile_bytes);

// What carry_profile() has found of the last gray profile: pictures from one source share theirs,
// and trying it takes longer than decoding a small picture. Not thread-safe: one for each thread.
class TriedProfile {
 public:
  // Null where this profile with pixels of this format is not the last one; else why it is not
  // used, empty for one that is.
  const std::string* why_not(const Bytes& profile, PixelFormat format) const;
  // Keeps a copy, unless the profile is a long one: nobody has planned for it.
  void keep(const Bytes& profile, PixelFormat format, const std::string& why_not);

 private:
  Bytes profile_;  // empty: none
  PixelFormat format_;
  std::string why_not_;
};

// Gives the picture the profile that its file embeds, if that is one of RGB for 3 and 4 channels,
// or one of gray that to_rgb() can apply for 1 and 2; else tells `dropped` (null: nobody) why not.
void carry_profile(Image& image, SharedBytes profile,
                   const std::function<void(std::string why)>& dropped,
                   TriedProfile* tried = nullptr);

}  // namespace imagemill::imaging
