// EXIF: reads orientation and texts, and writes an orientation.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nodes/imaging/pixels/image.h"

namespace imagemill::imaging {

// One text of an EXIF block.
struct ExifText {
  std::string_view name;  // one of exif_names()
  std::string value;
  friend bool operator==(const ExifText&, const ExifText&) = default;
};

// The names of the texts that are read, as in the standard: ImageDescription, Make, Model,
// Software, DateTime, Artist, Copyright, DateTimeOriginal, DateTimeDigitized. Static storage.
const std::vector<std::string_view>& exif_names();
// Whether the text `name` is a date. Dates are read as 2008-07-01 17:27:03. A date that the camera
// did not know counts as absent.
bool is_exif_date(std::string_view name);

// EXIF blocks: a TIFF header and its directories, with or without a leading "Exif\0\0". Any bytes
// may be given; data outside the block counts as absent. Of each tag only the first entry counts.
// Only the first directory is read, and for texts also the Exif directory that it names.

// The orientation, from an integer of any type. 1 if the block has no orientation, has one out of
// range, or is damaged.
int exif_orientation(std::span<const std::uint8_t> exif);

// The texts in the block, in the order of exif_names(), as UTF-8 of at most 255 bytes, never empty.
// Byte types (ASCII, EXIF 3's UTF-8, BYTE, SBYTE, UNDEFINED) are read up to the first NUL, without
// trailing blanks. Control characters and bytes that are not UTF-8 become '?'. Wider integers are
// written in decimal, with blanks between them.
std::vector<ExifText> exif_texts(std::span<const std::uint8_t> exif);

// Copies the JPEG file and inserts an EXIF block in front, which holds only `orientation` (1 to 8).
// Requires: `jpeg` opens with SOI and holds no EXIF block.
Bytes with_exif_orientation(const Bytes& jpeg, int orientation);

}  // namespace imagemill::imaging
