// Conversions between pixel formats.
#pragma once

#include "nodes/imaging/image.h"

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
// sRGB), so that the result needs none. RGB images come back as they are. Keeps 8 or 16 bits.
Image to_rgb(Image image);

// True if `icc` opens as a profile header whose data colour space is that of `channels` (RGB for 3
// and 4, GRAY for 1 and 2).
bool profile_fits(const Bytes& icc, int channels);

}  // namespace imagemill::imaging
