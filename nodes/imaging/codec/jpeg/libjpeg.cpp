#include "nodes/imaging/codec/jpeg/libjpeg.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <jerror.h>

#include "nodes/imaging/codec/header_parts.h"

namespace imagemill::imaging {
namespace {

JpegSource& source_of(j_decompress_ptr jpeg) { return *reinterpret_cast<JpegSource*>(jpeg->src); }

JpegErrors& errors_of(j_decompress_ptr jpeg) { return *reinterpret_cast<JpegErrors*>(jpeg->err); }

// Whether the current scan has blocks to come; false between scans.
bool has_blocks_to_come(j_decompress_ptr jpeg) {
  return jpeg->input_iMCU_row < jpeg->total_iMCU_rows;
}

// Leaves with a message that says where in the picture its data was lost.
[[noreturn]] void leave_for_loss(j_decompress_ptr jpeg, JpegErrors::Own code) {
  JpegErrors& errors = errors_of(jpeg);
  const JDIMENSION row = jpeg->input_iMCU_row * static_cast<JDIMENSION>(jpeg->max_v_samp_factor) *
                         static_cast<JDIMENSION>(DCTSIZE);
  std::snprintf(errors.message.data(), errors.message.size(),
                code == JpegErrors::kDataEnds ? "the picture's data ends at row %u of %u"
                                              : "the picture's data is damaged at row %u of %u",
                row, jpeg->image_height);
  errors.leave(code);
}

[[noreturn]] void leave_damaged(j_decompress_ptr jpeg, const char* what) {
  JpegErrors& errors = errors_of(jpeg);
  std::snprintf(errors.message.data(), errors.message.size(), "%s", what);
  errors.leave(JpegErrors::kDataDamaged);
}

boolean at_end(j_decompress_ptr jpeg) {
  static constexpr JOCTET kEndOfImage[] = {0xFF, JPEG_EOI};
  JpegSource& source = source_of(jpeg);
  if (source.suspends) return FALSE;
  source.truncated = true;
  // An arithmetic decoder makes blocks without end from what lies behind a marker.
  if (jpeg->arith_code && has_blocks_to_come(jpeg)) leave_for_loss(jpeg, JpegErrors::kDataEnds);
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

void note_exif(JpegMarkers& markers, Payload payload) {
  if (markers.exif.empty() && starts_with(payload, kExifPrefix)) markers.exif = payload;
}

void note_icc(JpegMarkers& markers, Payload payload) {
  if (payload.size() <= kIccPrefix.size() + 2 || !starts_with(payload, kIccPrefix)) return;
  Payload& part = markers.icc[payload[kIccPrefix.size()]];
  markers.icc_parts = payload[kIccPrefix.size() + 1];
  part = payload.subspan(kIccPrefix.size() + 2);
  markers.icc_bytes += part.size();
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

// Whether only some details in the last row of blocks may be missing. Some encoders leave out the
// last bits of a detail scan, and zeros stand in for them. Nothing tells how many blocks suffer, so
// the last row of blocks must not be the whole picture. After a restart an encoder has no reason to
// do so.
bool lacks_details_only(j_decompress_ptr jpeg) {
  return jpeg->progressive_mode && jpeg->Ss > 0 && jpeg->restart_interval == 0 &&
         jpeg->total_iMCU_rows > 1 && jpeg->input_iMCU_row + 1 == jpeg->total_iMCU_rows &&
         !source_of(jpeg).truncated;
}

constexpr const char* kScansMissing = "the picture's data is damaged: scans are missing";

// Whether the data of the scan that ends at `end` has a long run of one byte, as where part of a
// file was never written. Looks at nothing before `begin`.
bool has_hole(std::span<const std::uint8_t> file, std::size_t begin, std::size_t end) {
  constexpr int kLongRun = 64;
  int run = 1;
  for (std::size_t i = end; i-- > begin + 1;) {
    const bool is_data = file[i - 1] != 0xFF || file[i] == 0 || (file[i] & ~7) == JPEG_RST0;
    if (!is_data) return false;  // the scan's header
    run = file[i] == file[i - 1] ? run + 1 : 1;
    if (run == kLongRun) return true;
  }
  return false;
}

// Where the padding begins that ends the leftover bytes from `begin` to `end`.
std::size_t padding_begin(std::span<const std::uint8_t> file, std::size_t begin, std::size_t end) {
  std::size_t at = end;
  while (at > begin && file[at - 1] == file[end - 1]) --at;
  return at;
}

// Marks the file as suspect, since a scan had more or less data than its blocks want. Leaves with
// an error if the scan's data has a hole. `left_over` is the number of leftover bytes, the last of
// which may be padding; a decoder out of step may leave more. No byte is looked at twice: a marker
// lies between two scan ends.
void suspect_scan(j_decompress_ptr jpeg, std::size_t left_over) {
  JpegSource& source = source_of(jpeg);
  source.is_suspect = true;
  if (source.truncated) return;
  const auto read = static_cast<std::size_t>(jpeg->src->next_input_byte - source.file.data());
  const std::size_t begin = std::exchange(source.checked_to, read);
  const std::size_t rest = std::max(begin, read - std::min(read, left_over));
  // Without leftovers the marker itself may have been read.
  const std::size_t end = left_over == 0 ? read - 1 : padding_begin(source.file, rest, read);
  if (has_hole(source.file, begin, end)) {
    leave_damaged(jpeg, "the picture's data is damaged: it has a hole");
  }
}

// Checks bytes left over at the end of a scan. They are harmless as such: some cameras pad. More
// than a few before a restart marker show that the decoder was out of step.
void check_leftovers(j_decompress_ptr jpeg) {
  constexpr int kLongestPadding = 8;
  const int left_over = jpeg->err->msg_parm.i[0];
  const int marker = jpeg->err->msg_parm.i[1];
  if (left_over <= kLongestPadding || jpeg->total_iMCU_rows == 0) return;
  if (!has_blocks_to_come(jpeg)) return suspect_scan(jpeg, static_cast<std::size_t>(left_over));
  if ((marker & ~7) == JPEG_RST0) leave_for_loss(jpeg, JpegErrors::kDataDamaged);
}

// Leaves on warnings of lost picture data. Other warnings are ignored, as the picture is whole:
// unusual parameters of a scan (JWRN_NOT_SEQUENTIAL, as some phones write them), unknown versions
// and transforms, a damaged profile.
void check_warning(j_common_ptr common, int level) {
  if (level >= 0 || !common->is_decompressor) return;
  const auto jpeg = reinterpret_cast<j_decompress_ptr>(common);
  switch (common->err->msg_code) {
    case JWRN_HIT_MARKER:  // a marker, while blocks still want data
      if (lacks_details_only(jpeg)) return suspect_scan(jpeg, 0);
      [[fallthrough]];
    case JWRN_MUST_RESYNC:  // another marker than the restart marker that is due
      leave_for_loss(
          jpeg, jpeg->unread_marker == JPEG_EOI ? JpegErrors::kDataEnds : JpegErrors::kDataDamaged);
    case JWRN_EXTRANEOUS_DATA:
      return check_leftovers(jpeg);
    case JWRN_BOGUS_PROGRESSION:  // as some phones write it, unless scans were lost before
      if (source_of(jpeg).is_suspect) leave_damaged(jpeg, kScansMissing);
      return;
    case JWRN_HUFF_BAD_CODE:   // no code of the table: the decoder is out of step
    case JWRN_ARITH_BAD_CODE:  // a coefficient beyond its block: zeros up to the next restart
      leave_for_loss(jpeg, JpegErrors::kDataDamaged);
    default:
      return;
  }
}

// Whether all bits of a component's coefficients were read. In coef_bits of jpeglib.h, -1 means no
// bits and 0 means all.
bool is_complete(const jpeg_decompress_struct& jpeg, int component) {
  const int* bits = jpeg.coef_bits[component];
  return std::all_of(bits, bits + DCTSIZE2, [](int missing) { return missing == 0; });
}

std::string_view fault_code(int error) {
  switch (error) {
    case JpegErrors::kTooManyScans:
      return "too_many_scans";
    case JpegErrors::kGivenUp:
      return "interrupted";
    case JpegErrors::kDataEnds:
    case JpegErrors::kScansEnd:
      return "truncated";
    case JpegErrors::kOutOfMemory:
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
  manager.emit_message = check_warning;
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
    case JpegErrors::kOutOfMemory:
      return {fault_code(code), "no memory for the JPEG"};
    case JpegErrors::kDataEnds:
    case JpegErrors::kDataDamaged:
      return {fault_code(code), message.data()};
    case JpegErrors::kScansEnd:
      return {fault_code(code), "the file ends before the last scan of the picture"};
    case JERR_NO_BACKING_STORE:
      return {fault_code(code), "the JPEG needs more memory than its limit"};
    default:
      return {fault_code(code), std::string("JPEG: ") + message.data()};
  }
}

JpegSource::JpegSource(std::span<const std::uint8_t> whole, bool suspend_at_end)
    : file(whole), suspends(suspend_at_end) {
  manager.next_input_byte = file.data();
  manager.bytes_in_buffer = file.size();
  manager.init_source = [](j_decompress_ptr) {};
  manager.fill_input_buffer = at_end;
  manager.skip_input_data = skip;
  manager.resync_to_restart = jpeg_resync_to_restart;
  manager.term_source = [](j_decompress_ptr) {};
}

bool JpegMarkers::has_profile(std::span<const std::uint8_t> profile) const {
  for (std::size_t i = 1; i <= static_cast<std::size_t>(icc_parts); ++i) {
    const std::span<const std::uint8_t> part = icc[i];
    if (part.empty() || part.size() > profile.size() ||
        !std::equal(part.begin(), part.end(), profile.begin())) {
      return false;
    }
    profile = profile.subspan(part.size());
  }
  return icc_parts > 0 && profile.empty();
}

SharedBytes JpegMarkers::profile() const {
  if (icc_parts == 0) return nullptr;
  Bytes whole;
  whole.reserve(icc_bytes);
  for (std::size_t i = 1; i <= static_cast<std::size_t>(icc_parts); ++i) {
    if (icc[i].empty()) return nullptr;
    whole.insert(whole.end(), icc[i].begin(), icc[i].end());
  }
  whole.shrink_to_fit();  // a part may come twice
  return std::make_shared<const Bytes>(std::move(whole));
}

void connect(jpeg_decompress_struct& jpeg, JpegSource& source, JpegMarkers& markers) {
  jpeg.src = &source.manager;
  jpeg.client_data = &markers;
  jpeg_set_marker_processor(&jpeg, JPEG_APP0 + 1, read_marker<note_exif>);
  jpeg_set_marker_processor(&jpeg, JPEG_APP0 + 2, read_marker<note_icc>);
}

void check_scans(j_decompress_ptr jpeg) {
  if (!jpeg_has_multiple_scans(jpeg)) return;
  const bool truncated = source_of(jpeg).truncated;
  bool complete = true;
  for (int i = 0; i < jpeg->num_components; ++i) {
    const bool has_any = jpeg->comp_info[i].quant_table != nullptr &&
                         (!jpeg->progressive_mode || jpeg->coef_bits[i][0] >= 0);
    complete = complete && has_any && (!jpeg->progressive_mode || is_complete(*jpeg, i));
    if (has_any || truncated) continue;
    std::array<char, JMSG_LENGTH_MAX> what{};
    std::snprintf(what.data(), what.size(),
                  "the picture's data is damaged: component %d of %d is missing", i + 1,
                  jpeg->num_components);
    leave_damaged(jpeg, what.data());
  }
  if (complete) return;
  if (truncated) errors_of(jpeg).leave(JpegErrors::kScansEnd);
  if (source_of(jpeg).is_suspect) {
    leave_damaged(jpeg, kScansMissing);
  }
}

#if JPEG_LIB_VERSION >= 70
int scaled_width(const jpeg_component_info& component) { return component.DCT_h_scaled_size; }
int scaled_height(const jpeg_component_info& component) { return component.DCT_v_scaled_size; }
#else
int scaled_width(const jpeg_component_info& component) { return component.DCT_scaled_size; }
int scaled_height(const jpeg_component_info& component) { return component.DCT_scaled_size; }
#endif

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
