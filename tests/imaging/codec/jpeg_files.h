// JPEGs that the encoder does not make, and what libjpeg itself does with a file.
#pragma once

#include <array>
#include <cstdint>
#include <cstdio>  // jpeglib.h needs it
#include <functional>

#include <jpeglib.h>

#include "nodes/imaging/pixels/image.h"

namespace imagemill::imaging::testing {

// A JPEG of quality 90 that `configure` may change further. Requires: 8 bits, 1 or 3 channels.
// libjpeg's own error handling ends the test program.
Bytes libjpeg_file(
    const Image& image,
    const std::function<void(jpeg_compress_struct&)>& configure = [](jpeg_compress_struct&) {});

// Where the data of scan `number` (from 0) begins in a file that libjpeg has written, and where the
// marker stands that ends it (no restart marker).
struct ScanData {
  std::size_t begin;
  std::size_t end;
};
ScanData scan_data(const Bytes& jpeg, int number = 0);

// 16 × 16 pixels of one colour, written as Adobe does (so 255 is no ink), with `profile` if not
// empty.
Bytes cmyk_jpeg(const std::array<std::uint8_t, 4>& colour, bool ycck, const Bytes& profile);

// A CMYK profile for which a colour is the gray that black leaves of white.
Bytes black_only_profile();

// A correct progressive JPEG whose coefficients come one at a time, in about 190 scans.
Bytes many_scans_jpeg();

// The heap that libjpeg holds when it has decoded all rows. 0 where malloc keeps no account.
std::size_t libjpeg_heap(const Bytes& file, unsigned denominator);

}  // namespace imagemill::imaging::testing
