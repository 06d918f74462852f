// Joining two pictures: one over, beside or below the other.
#pragma once

#include "nodes/imaging/pixels/colour.h"
#include "nodes/imaging/pixels/image.h"
#include "nodes/imaging/pixels/placement.h"

namespace imagemill::imaging {

// The format of overlay's result: that of the base, in colour if the top has colour.
PixelFormat overlay_format(PixelFormat base, PixelFormat top);

// Lays `top` over `base` at `position`, source-over, at `opacity` (0 to 1, rounded to 1/65536).
// Parts outside the base are clipped. The result has the base's size, bits, alpha and profile. Its
// format is always overlay_format: a gray base under a coloured top becomes RGB (as by to_rgb),
// even if the top does not show.
//
// Sample values are blended as they are, not as light, in the base's bits. A top with other bits is
// converted first (16 to 8 rounded to nearest). The rest is exact and rounded once, to nearest, so
// the bytes are the same everywhere. Straight alpha is composited as such. A base pixel under a
// transparent top pixel keeps its samples. The top's profile is ignored.
//
// Copies the base's pixels only if they are shared. Memory beside the base: one row of the top.
Image overlay(Image base, const Image& top, Position position, double opacity);

// The format of beside's and stacked's result. In colour if either picture or the background has
// colour, even a background that does not show. With alpha if either picture has alpha; with 16
// bits if either has 16.
PixelFormat joined_format(PixelFormat first, PixelFormat second, Rgb background);

// Puts the two pictures on the smallest canvas that holds both, beside each other or the first
// above the second. Both are centred across (the odd pixel right or below); the rest is opaque
// background. 8 bits become 16 by v · 257. Gray becomes RGB as by to_rgb, whose copy is held
// meanwhile. The profile is the first picture's. But if the first picture was gray and became RGB,
// the profile is the second's if that was RGB, else null. The other picture's samples are taken as
// they are. Requires: sides of the canvas below 2^31.
Image beside(const Image& left, const Image& right, Rgb background);
Image stacked(const Image& top, const Image& bottom, Rgb background);

}  // namespace imagemill::imaging
