// Image files as cameras, scanners and editors make them, and what is in a file.
#pragma once

#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "nodes/imaging/codec/encoded.h"
#include "nodes/imaging/codec/jpeg/jpeg.h"
#include "tests/imaging/pictures.h"

namespace imagemill::imaging {

// For the messages of failed tests.
inline std::ostream& operator<<(std::ostream& out, Size size) {
  return out << size.width << " x " << size.height;
}
inline std::ostream& operator<<(std::ostream& out, PixelFormat format) {
  return out << format.channels << " channels of " << format.bits << " bits";
}

}  // namespace imagemill::imaging

namespace imagemill::testing {

using namespace imaging::testing;
using imaging::Bytes;
using imaging::Image;
using imaging::PixelFormat;
using imaging::Size;

// Path relative to a root → content.
using Files = std::map<std::string, Bytes>;

Bytes jpeg_file(const Image& image, const imaging::EncodeOptions& options = {});
Bytes png_file(const Image& image);
// Requires: 8 bits.
Bytes interlaced_png(const Image& image);
// 16 × 16 pixels of two colours, (200, 30, 40) above (10, 120, 230).
Bytes palette_png();

// The picture in a file, as it is stored. Throws std::runtime_error where there is none.
Image picture(const Bytes& file);

// With an EXIF block that says so. Requires: a file as jpeg_file or png_file make it.
Bytes with_orientation(const Bytes& file, int orientation);

// With an EXIF block of Model and DateTimeOriginal, each of four letters at least. Requires: a file
// as jpeg_file makes it.
Bytes with_texts(const Bytes& jpeg, const std::string& model, const std::string& taken);

// Pixels to store so that a viewer shows `upright` under an EXIF orientation.
Image stored_for(const Image& upright, int orientation);

Bytes rgb_profile();
Bytes gray_profile();
Image with_profile(Image image, const Bytes& profile);

// The names of what a file is made of: of a JPEG its marker segments up to the pixels ("SOF0",
// "APP2", "DQT", …), of a PNG its chunks.
std::vector<std::string> parts_of(const Bytes& file);
// How many of these have that name.
int count_parts(const Bytes& file, const std::string& name);

}  // namespace imagemill::testing
