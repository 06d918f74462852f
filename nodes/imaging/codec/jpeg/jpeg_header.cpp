#include "nodes/imaging/codec/jpeg/jpeg_header.h"

#include <jerror.h>

#include "nodes/imaging/codec/exif.h"
#include "nodes/imaging/codec/header_parts.h"
#include "nodes/imaging/codec/jpeg/libjpeg.h"
#include "nodes/imaging/pixels/colour.h"
#include "nodes/imaging/pixels/icc_transform.h"

namespace imagemill::imaging {
namespace {

constexpr std::size_t kAlignment = 64;                  // of libjpeg-turbo's sample rows
constexpr std::size_t kTables = std::size_t{96} << 10;  // Huffman, colour, DCT, range, pool slack

std::size_t round_up(std::size_t value, std::size_t unit) {
  return (value + unit - 1) / unit * unit;
}

std::size_t row_bytes(const jpeg_component_info& component) {
  return round_up(std::size_t{component.width_in_blocks} * DCTSIZE, kAlignment) + kAlignment;
}

// Bytes that libjpeg allocates between its header and its last row, at any denominator.
std::size_t libjpeg_bytes(j_decompress_ptr jpeg) {
  const auto max_h = static_cast<std::size_t>(jpeg->max_h_samp_factor);
  const auto max_v = static_cast<std::size_t>(jpeg->max_v_samp_factor);
  const std::size_t upsampled_row =
      round_up(round_up(jpeg->image_width, max_h), kAlignment) + kAlignment;
  std::size_t bytes = kTables;
  for (int i = 0; i < jpeg->num_components; ++i) {
    const jpeg_component_info& component = jpeg->comp_info[i];
    // A row group is up to max_v rows for each of the 8 rows of a block. Two more are kept as
    // context for the upsampling, which makes max_v full rows.
    bytes += row_bytes(component) * max_v * (DCTSIZE + 2) + upsampled_row * max_v;
    if (!jpeg_has_multiple_scans(jpeg)) continue;
    const std::size_t blocks_wide = round_up(component.width_in_blocks, component.h_samp_factor);
    const std::size_t blocks_high = round_up(component.height_in_blocks, component.v_samp_factor);
    bytes += blocks_high * (blocks_wide * sizeof(JBLOCK) + 2 * sizeof(void*) + kAlignment);
  }
  return bytes;
}

// Bytes that the decoder allocates beside libjpeg and its image: a pointer for each row, and the
// profile put together. CMYK adds a row, the whole profile and the transform; gray has the
// transform while its profile is tried.
std::size_t decoder_bytes(const jpeg_decompress_struct& jpeg, const JpegMarkers& markers) {
  const std::size_t profile = BufferPool::capacity(markers.icc_bytes);
  std::size_t bytes = jpeg.image_height * sizeof(JSAMPROW);
  if (jpeg.num_components == 4) bytes += std::size_t{4} * jpeg.image_width;
  if (!markers.has_profile()) return bytes;
  bytes += profile;
  if (jpeg.num_components == 1) bytes += to_rgb_bytes(markers.icc_bytes);
  if (jpeg.num_components == 4) {
    bytes += 2 * profile + IccTransform::cmyk_memory_bound(markers.icc_bytes);
  }
  return bytes;
}

}  // namespace

bool opens_jpeg(std::span<const std::uint8_t> head) { return starts_with(head, "\xFF\xD8\xFF"); }

Result<std::optional<Header>> read_jpeg_header(std::span<const std::uint8_t> head,
                                               const DecodeLimits& limits) {
  JpegErrors errors;
  JpegMarkers markers;
  JpegSource source(head, true);
  jpeg_decompress_struct jpeg{};
  jpeg.err = &errors.manager;
  int status = JPEG_SUSPENDED;
  Header header;
  const bool read = guarded(errors.escape, [&] {
    jpeg_create_decompress(&jpeg);
    connect(jpeg, source, markers);
    status = jpeg_read_header(&jpeg, TRUE);
    if (status != JPEG_HEADER_OK) return;
    header.multi_pass = jpeg_has_multiple_scans(&jpeg) != FALSE;
    header.codec_bytes = libjpeg_bytes(&jpeg) + decoder_bytes(jpeg, markers);
    if (jpeg.num_components != 4) header.profile_bytes = BufferPool::capacity(markers.icc_bytes);
  });
  header.size = {static_cast<int>(jpeg.image_width), static_cast<int>(jpeg.image_height)};
  header.pixels = {decoded_channels(jpeg), 8};
  jpeg_destroy_decompress(&jpeg);

  if (auto over = check_pixels(header.size.width, header.size.height, limits)) {
    return tl::make_unexpected(*over);
  }
  if (!read) return tl::make_unexpected(errors.fault());
  if (status != JPEG_HEADER_OK) return std::optional<Header>();
  if (header.pixels.channels == 0) {
    return fault("unsupported", "the JPEG's colour space cannot be converted");
  }
  header.orientation = exif_orientation(markers.exif);
  header.exif = exif_texts(markers.exif);
  return header;
}

std::uint64_t drop_unread_jpeg_segments(Bytes& head) {
  constexpr std::size_t kStart = 2;       // the marker of the image's start
  constexpr std::size_t kBeforeData = 4;  // marker and length
  bool has_exif = false;
  return drop_parts(head, kStart, [&](std::size_t at) -> std::optional<HeaderPart> {
    const std::size_t data = at + kBeforeData;
    if (data + kIccPrefix.size() > head.size() || head[at] != 0xFF) return std::nullopt;
    const std::span<const std::uint8_t> payload = std::span(head).subspan(data);
    const std::uint8_t marker = head[at + 1];
    const std::size_t length = std::size_t{head[at + 2]} << 8 | head[at + 3];
    const bool has_length = marker >= 0xC0 && marker < 0xFF && (marker < 0xD0 || marker > 0xDA);
    if (!has_length || length < 2) return std::nullopt;
    const std::size_t end = at + 2 + length;
    const bool comment = marker == 0xFE;
    const bool other = (marker > 0xE2 && marker < 0xEE) || marker == 0xEF;
    if (comment || other) return HeaderPart{end, false};
    if (marker == 0xE2) return HeaderPart{end, starts_with(payload, kIccPrefix)};
    if (marker != 0xE1) return HeaderPart{end, true};
    const bool first = starts_with(payload, kExifPrefix) && !has_exif;
    has_exif = has_exif || first;
    return HeaderPart{end, first};
  });
}

}  // namespace imagemill::imaging
