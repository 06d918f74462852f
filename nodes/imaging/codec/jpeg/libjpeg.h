// Shared parts of the JPEG header reader, decoder and encoder: libjpeg's errors, its source in
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

// Turns libjpeg's errors, and its warnings about lost picture data, into an escape. Other warnings
// are ignored: the picture is whole.
struct JpegErrors {
  // Error codes of this program. Those of jerror.h are positive.
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
  int code = 0;  // error code, from jerror.h or Own
  std::array<char, JMSG_LENGTH_MAX> message{};

  JpegErrors();
  [[noreturn]] void leave(int error_code);
  // The error as a fault of the file.
  Fault fault() const;
};

// Source of libjpeg: a file in memory. At the end of the file it either suspends libjpeg, or
// supplies an end-of-image marker and sets `truncated`.
struct JpegSource {
  jpeg_source_mgr manager;  // first: libjpeg hands back a pointer to it
  std::span<const std::uint8_t> file;
  bool suspends = false;
  bool truncated = false;
  bool is_suspect = false;     // a scan had more or less data than its blocks want
  std::size_t checked_to = 0;  // end of the data searched for holes so far

  explicit JpegSource(std::span<const std::uint8_t> file, bool suspend_at_end = false);
};

// EXIF and ICC markers, as libjpeg comes across them. Their bytes stay in the file: no marker makes
// libjpeg allocate.
struct JpegMarkers {
  std::span<const std::uint8_t> exif;  // the first EXIF block
  // Numbered parts of the profile; `icc_parts` is how many there should be.
  std::array<std::span<const std::uint8_t>, 256> icc{};
  int icc_parts = 0;
  std::size_t icc_bytes = 0;

  bool has_profile() const { return icc_bytes > 0; }
  // Whether the parts together are `profile`.
  bool has_profile(std::span<const std::uint8_t> profile) const;
  // The whole profile; null if the file has no profile or a part is missing.
  SharedBytes profile() const;
};

// Connects source and markers to the decompressor, which keeps pointers to them. Call before
// jpeg_read_header.
void connect(jpeg_decompress_struct& jpeg, JpegSource& source, JpegMarkers& markers);

// Leaves with an error if scans are missing: all scans of a component, or any scan of a truncated
// or suspect file. Any other file with its own end marker may stop at any scan: its picture is
// whole, but coarse. Requires: jpeg_start_decompress has returned, so that all scans of a
// multi-scan file were read.
void check_scans(j_decompress_ptr jpeg);

// Width in samples of an 8 × 8 block once it is decoded at the scale asked for.
int scaled_width(const jpeg_component_info& component);
// Height in samples of an 8 × 8 block once it is decoded at the scale asked for.
int scaled_height(const jpeg_component_info& component);

// Channels that decoding yields (CMYK as RGB); 0 if there is no conversion.
int decoded_channels(const jpeg_decompress_struct& jpeg);

}  // namespace imagemill::imaging
