// Two pictures made into one.
#pragma once

#include "nodes/imaging/pixels/colour.h"
#include "nodes/imaging/pixels/image.h"
#include "nodes/imaging/pixels/placement.h"

namespace imagemill::imaging {

// The format of overlay's result: the base's, in colour if the top is.
PixelFormat overlay_format(PixelFormat base, PixelFormat top);

// Lays `top`, at `opacity` (0 to 1, rounded to 1/65536), over `base`, source-over, at `position`;
// what falls outside the base is clipped. The result has the base's size, bits, alpha and profile,
// and always overlay_format: a gray base under a coloured top becomes RGB (as by to_rgb), even
// where nothing of the top is to be seen.
//
// The blending is of sample values as they are (not of light), in the base's bits: a top with other
// bits is converted to them first (16 to 8 rounded to nearest). Then all of it is exact and rounded
// once, to nearest, so the bytes are the same everywhere. Straight alpha is composited as such; a
// base pixel under a transparent one keeps its samples. The top's profile is not regarded.
//
// Copies the base's pixels only where they are shared. Beside the base: one row of the top.
Image overlay(Image base, const Image& top, Position position, double opacity);

// The format of beside's and stacked's result: in colour if either picture or the background is
// (a background counts even where nothing of it shows); with alpha if either has; with 16 bits if
// either has.
PixelFormat joined_format(PixelFormat first, PixelFormat second, Rgb background);

// The two pictures on one canvas that just holds both, centred across (the odd pixel right or
// below), the rest an opaque background. 8 bits become 16 by v · 257; gray becomes RGB as by
// to_rgb, whose copy is held meanwhile. The profile is the first picture's, unless that one was
// gray and became RGB: then it is the second's, if that was RGB. The other picture's samples are
// taken as they are. Requires: sides of the canvas below 2^31.
Image beside(const Image& left, const Image& right, Rgb background);
Image stacked(const Image& top, const Image& bottom, Rgb background);

}  // namespace imagemill::imaging
