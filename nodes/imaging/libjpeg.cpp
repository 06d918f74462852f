#include "nodes/imaging/libjpeg.h"

#include <algorithm>
#include <string_view>

#include <jerror.h>

#include "nodes/imaging/exif.h"

namespace imagemill::imaging {
namespace {

JpegSource& source_of(j_decompress_ptr jpeg) { return *reinterpret_cast<JpegSource*>(jpeg->src); }

boolean at_end(j_decompress_ptr jpeg) {
  static constexpr JOCTET kEndOfImage[] = {0xFF, JPEG_EOI};
  JpegSource& source = source_of(jpeg);
  if (source.suspends) return FALSE;
  source.truncated = true;
  source.manager.next_input_byte = kEndOfImage;
  source.manager.bytes_in_buffer = sizeof(kEndOfImage);
  return TRUE;
}

void skip(j_decompress_ptr jpeg, long bytes) {
  jpeg_source_mgr& manager = *jpeg->src;
  if (bytes <= 0) return;
  if (static_cast<std::size_t>(bytes) <= manager.bytes_in_buffer) {
    manager.next_input_byte += bytes;
    manager.bytes_in_buffer -= static_cast<std::size_t>(bytes);
  } else {
    manager.bytes_in_buffer = 0;
    at_end(jpeg);
  }
}

using Payload = std::span<const std::uint8_t>;

bool starts_with(Payload payload, std::string_view prefix) {
  return payload.size() >= prefix.size() &&
         std::equal(prefix.begin(), prefix.end(), payload.begin(),
                    [](char c, std::uint8_t byte) { return static_cast<std::uint8_t>(c) == byte; });
}

constexpr std::string_view kExif("Exif\0\0", 6);
constexpr std::string_view kIcc("ICC_PROFILE\0", 12);

void note_exif(JpegMarkers& markers, Payload payload) {
  if (markers.exif.empty() && starts_with(payload, kExif)) markers.exif = payload;
}

void note_icc(JpegMarkers& markers, Payload payload) {
  if (payload.size() <= kIcc.size() + 2 || !starts_with(payload, kIcc)) return;
  Payload& part = markers.icc[payload[kIcc.size()]];
  markers.icc_parts = payload[kIcc.size() + 1];
  markers.icc_bytes += payload.size();
  part = payload.subspan(kIcc.size() + 2);
}

template <void (*note)(JpegMarkers&, Payload)>
boolean read_marker(j_decompress_ptr jpeg) {
  const jpeg_source_mgr& manager = *jpeg->src;
  const JOCTET* bytes = manager.next_input_byte;
  const std::size_t available = manager.bytes_in_buffer;
  const std::size_t length = available < 2 ? 2 : static_cast<std::size_t>(bytes[0] << 8 | bytes[1]);
  if (available < std::max<std::size_t>(length, 2)) {
    if (source_of(jpeg).suspends) return FALSE;
  } else if (length > 2) {
    note(*static_cast<JpegMarkers*>(jpeg->client_data), {bytes + 2, length - 2});
  }
  skip(jpeg, static_cast<long>(std::max<std::size_t>(length, 2)));
  return TRUE;
}

void error_exit(j_common_ptr jpeg) {
  auto& errors = *reinterpret_cast<JpegErrors*>(jpeg->err);
  errors.manager.format_message(jpeg, errors.message.data());
  errors.leave(errors.manager.msg_code);
}

void count_warning(j_common_ptr jpeg, int level) {
  if (level < 0) ++jpeg->err->num_warnings;
}

std::string_view fault_code(int error) {
  switch (error) {
    case JpegErrors::kTooManyScans:
      return "too_many_scans";
    case JpegErrors::kGivenUp:
      return "interrupted";
    case JERR_OUT_OF_MEMORY:
    case JERR_NO_BACKING_STORE:
      return "out_of_memory";
    case JERR_ARITH_NOTIMPL:
    case JERR_BAD_PRECISION:
    case JERR_CCIR601_NOTIMPL:
    case JERR_COMPONENT_COUNT:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_EMPTY_IMAGE:
    case JERR_FRACT_SAMPLE_NOTIMPL:
    case JERR_IMAGE_TOO_BIG:
    case JERR_NOTIMPL:
    case JERR_NOT_COMPILED:
    case JERR_SOF_UNSUPPORTED:
    case JERR_WIDTH_OVERFLOW:
      return "unsupported";
    default:
      return "corrupt";
  }
}

}  // namespace

JpegErrors::JpegErrors() {
  jpeg_std_error(&manager);
  manager.error_exit = error_exit;
  manager.emit_message = count_warning;
  manager.output_message = [](j_common_ptr) {};
}

void JpegErrors::leave(int error_code) {
  code = error_code;
  escape.leave();
}

Fault JpegErrors::fault() const {
  switch (code) {
    case JpegErrors::kTooManyScans:
      return {fault_code(code), "the JPEG has more scans than the limit allows"};
    case JpegErrors::kGivenUp:
      return {fault_code(code), "nobody waits for the picture any more"};
    case JERR_NO_BACKING_STORE:
      return {fault_code(code), "the JPEG needs more memory than its limit"};
    default:
      return {fault_code(code), std::string("JPEG: ") + message.data()};
  }
}

JpegSource::JpegSource(std::span<const std::uint8_t> file, bool suspend_at_end)
    : suspends(suspend_at_end) {
  manager.next_input_byte = file.data();
  manager.bytes_in_buffer = file.size();
  manager.init_source = [](j_decompress_ptr) {};
  manager.fill_input_buffer = at_end;
  manager.skip_input_data = skip;
  manager.resync_to_restart = jpeg_resync_to_restart;
  manager.term_source = [](j_decompress_ptr) {};
}

SharedBytes JpegMarkers::profile() const {
  if (icc_parts == 0) return nullptr;
  Bytes whole;
  whole.reserve(icc_bytes);
  for (std::size_t i = 1; i <= static_cast<std::size_t>(icc_parts); ++i) {
    if (icc[i].empty()) return nullptr;
    whole.insert(whole.end(), icc[i].begin(), icc[i].end());
  }
  whole.shrink_to_fit();
  return std::make_shared<const Bytes>(std::move(whole));
}

void connect(jpeg_decompress_struct& jpeg, JpegSource& source, JpegMarkers& markers) {
  jpeg.src = &source.manager;
  jpeg.client_data = &markers;
  jpeg_set_marker_processor(&jpeg, JPEG_APP0 + 1, read_marker<note_exif>);
  jpeg_set_marker_processor(&jpeg, JPEG_APP0 + 2, read_marker<note_icc>);
}

int decoded_channels(const jpeg_decompress_struct& jpeg) {
  switch (jpeg.jpeg_color_space) {
    case JCS_GRAYSCALE:
      return 1;
    case JCS_RGB:
    case JCS_YCbCr:
    case JCS_CMYK:
    case JCS_YCCK:
      return 3;
    default:
      return 0;
  }
}

}  // namespace imagemill::imaging
