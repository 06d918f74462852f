// What reading a JPEG's header, decoding and encoding share: libjpeg's errors, its source in
// memory, and the markers that libjpeg itself does not read.
#pragma once

#include <array>
#include <cstddef>
#include <cstdio>  // jpeglib.h needs it
#include <span>

#include <jpeglib.h>

#include "nodes/imaging/bytes/escape.h"
#include "nodes/imaging/codec/encoded.h"
#include "nodes/imaging/pixels/image.h"
#include "nodes/imaging/pixels/result.h"

namespace imagemill::imaging {

// Turns libjpeg's errors into an escape, and those of its warnings that tell of lost picture data.
// Other warnings are ignored: the picture is whole.
struct JpegErrors {
  // Codes of our own, beside those of jerror.h, which are positive.
  enum Own : int {
    kTooManyScans = -1,
    kGivenUp = -2,
    kOutOfMemory = -3,
    kDataEnds = -4,     // an end-of-image marker, or the file's end, stands where data should
    kScansEnd = -5,     // the file ends between scans, and not all of the picture is there
    kDataDamaged = -6,  // data of the picture is lost
  };

  jpeg_error_mgr manager;  // first: libjpeg hands back a pointer to it
  Escape escape;
  int code = 0;  // of the error, as in jerror.h; or one of Own
  std::array<char, JMSG_LENGTH_MAX> message{};

  JpegErrors();
  [[noreturn]] void leave(int error_code);
  // The error as a fault of the file.
  Fault fault() const;
};

// A file in memory. At its end a source either suspends libjpeg, or hands it an end-of-image marker
// and remembers that the file has none of its own.
struct JpegSource {
  jpeg_source_mgr manager;  // first: libjpeg hands back a pointer to it
  std::span<const std::uint8_t> file;
  bool suspends = false;
  bool truncated = false;
  bool is_suspect = false;     // a scan had more or less data than its blocks want
  std::size_t checked_to = 0;  // how far its data was searched for holes

  explicit JpegSource(std::span<const std::uint8_t> file, bool suspend_at_end = false);
};

// The markers of interest to us, as libjpeg comes across them. They stay where they are in the
// file: no marker makes libjpeg allocate.
struct JpegMarkers {
  std::span<const std::uint8_t> exif;  // the first such block
  // The profile's numbered parts; `icc_parts` is how many there should be.
  std::array<std::span<const std::uint8_t>, 256> icc{};
  int icc_parts = 0;
  std::size_t icc_bytes = 0;

  bool has_profile() const { return icc_bytes > 0; }
  // Whether they are the parts of this one.
  bool has_profile(std::span<const std::uint8_t> profile) const;
  // The whole profile; null if there is none, or a part is missing.
  SharedBytes profile() const;
};

// Connects the four before jpeg_read_header. The decompressor keeps pointers to them.
void connect(jpeg_decompress_struct& jpeg, JpegSource& source, JpegMarkers& markers);

// Leaves where scans are missing: all those of a component, or any of a file that is truncated or
// suspect. Another that ends with a marker of its own may stop at any scan: its picture is
// whole, but coarse. Requires: jpeg_start_decompress has returned, so that all scans of a file of
// several were read.
void check_scans(j_decompress_ptr jpeg);

// The sides in samples that a block of 8 × 8 has once it is decoded at the scale that was asked
// for.
int scaled_width(const jpeg_component_info& component);
int scaled_height(const jpeg_component_info& component);

// The channels that decoding yields (CMYK as RGB); 0 where there is no conversion.
int decoded_channels(const jpeg_decompress_struct& jpeg);

}  // namespace imagemill::imaging
