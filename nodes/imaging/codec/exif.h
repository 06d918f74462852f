// EXIF: what is read of a file's block, and the one thing that is ever written.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nodes/imaging/pixels/image.h"

namespace imagemill::imaging {

// A text in an EXIF block.
struct ExifText {
  std::string_view name;  // one of exif_names()
  std::string value;
  friend bool operator==(const ExifText&, const ExifText&) = default;
};

// The texts that are read, by the names that the standard gives them: ImageDescription, Make,
// Model, Software, DateTime, Artist, Copyright, DateTimeOriginal, DateTimeDigitized. A
// date reads 2008-07-01 17:27:03; one that the camera did not know is none. Static storage.
const std::vector<std::string_view>& exif_names();
// Whether that one of them is a date.
bool is_exif_date(std::string_view name);

// A block is a TIFF header with what belongs to it, with or without a leading "Exif\0\0". Any bytes
// may be given: what lies outside the block does not exist, and of each tag only the first entry
// counts. Only the first directory is read, and of the texts the Exif directory that it names.

// The orientation, an integer of any type; 1 where the block has none, or one out of range, or is
// damaged.
int exif_orientation(std::span<const std::uint8_t> exif);

// The texts that are there, in the order of exif_names(), as UTF-8 of at most 255 bytes, never
// empty. Of the types that are made of bytes (ASCII, EXIF 3's UTF-8, BYTE, SBYTE, UNDEFINED): up to
// the first NUL, without trailing blanks; control characters, and bytes that are not UTF-8, are
// '?'. Of wider integers: in decimal, with blanks between them.
std::vector<ExifText> exif_texts(std::span<const std::uint8_t> exif);

// The JPEG file with an EXIF block put first that says `orientation` (1 to 8) and nothing else.
// Requires: `jpeg` opens with SOI and holds no EXIF block.
Bytes with_exif_orientation(const Bytes& jpeg, int orientation);

}  // namespace imagemill::imaging
