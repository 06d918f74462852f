#include <algorithm>
#include <limits>
#include <vector>

#include <lcms2.h>

#include "nodes/imaging/codec/header_parts.h"
#include "nodes/imaging/codec/jpeg/jpeg.h"
#include "nodes/imaging/codec/jpeg/jpeg_header.h"
#include "nodes/imaging/codec/jpeg/libjpeg.h"
#include "nodes/imaging/pixels/colour.h"
#include "nodes/imaging/pixels/icc_profile.h"
#include "nodes/imaging/pixels/icc_transform.h"
#include "nodes/imaging/pixels/shrunk_edge.h"

namespace imagemill::imaging {
namespace {

// Limits checked during decoding. In a progressive file, a scan of a few bytes costs a pass over
// the whole picture.
struct Progress {
  jpeg_progress_mgr manager{};  // first: libjpeg hands back a pointer to it
  const DecodeLimits& limits;
};

void check_progress(j_common_ptr common) {
  const auto* jpeg = reinterpret_cast<j_decompress_ptr>(common);
  const DecodeLimits& limits = reinterpret_cast<Progress*>(jpeg->progress)->limits;
  auto& errors = *reinterpret_cast<JpegErrors*>(jpeg->err);
  if (jpeg->input_scan_number > limits.max_scans) errors.leave(JpegErrors::kTooManyScans);
  if (limits.give_up && limits.give_up()) errors.leave(JpegErrors::kGivenUp);
}

void inverted_cmyk_to_rgb(const std::uint8_t* cmyk, std::uint8_t* rgb, int pixels) {
  for (int x = 0; x < pixels; ++x, cmyk += 4, rgb += 3) {
    for (int c = 0; c < 3; ++c) rgb[c] = static_cast<std::uint8_t>((cmyk[c] * cmyk[3] + 127) / 255);
  }
}

// Decompressor of one file. Not reused: libjpeg keeps quantisation and Huffman tables from file to
// file. A file without tables would then decode, differently after each other file.
class Decompressor {
 public:
  Decompressor(std::span<const std::uint8_t> file, const DecodeLimits& limits,
               std::size_t memory_limit)
      : source_(file), limits_(limits), progress_{.limits = limits_} {
    jpeg_.err = &errors_.manager;
    progress_.manager.progress_monitor = check_progress;
    memory_limit_ =
        static_cast<long>(std::min<std::size_t>(memory_limit, std::numeric_limits<long>::max()));
  }
  ~Decompressor() { jpeg_destroy_decompress(&jpeg_); }
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;

  // Reads the header and sets how to decode.
  std::optional<Fault> open(int denominator) {
    const bool opened = guarded(errors_.escape, [&] {
      jpeg_create_decompress(&jpeg_);
      jpeg_.mem->max_memory_to_use = memory_limit_;
      jpeg_.progress = &progress_.manager;
      connect(jpeg_, source_, markers_);
      jpeg_read_header(&jpeg_, TRUE);
      jpeg_.scale_num = 1;
      jpeg_.scale_denom = static_cast<unsigned>(denominator);
      const int channels = decoded_channels(jpeg_);
      jpeg_.out_color_space = is_cmyk() ? JCS_CMYK : channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
      jpeg_calc_output_dimensions(&jpeg_);
    });
    // Checked first: the size may have been read from beyond the end.
    if (source_.truncated) return fault();
    if (auto over = check_pixels(jpeg_.image_width, jpeg_.image_height, limits_)) return over;
    if (!opened) return fault();
    if (channels() == 0) {
      return Fault{"unsupported", "the JPEG's colour space cannot be converted"};
    }
    return std::nullopt;
  }

  bool is_cmyk() const {
    return jpeg_.jpeg_color_space == JCS_CMYK || jpeg_.jpeg_color_space == JCS_YCCK;
  }
  int channels() const { return decoded_channels(jpeg_); }
  Size full_size() const { return size_of(jpeg_.image_width, jpeg_.image_height); }
  Size output_size() const { return size_of(jpeg_.output_width, jpeg_.output_height); }
  // Columns and rows of the output that are not mixed with samples from beyond the picture's edge.
  // Requires: the rows have not been read.
  Size whole_size() const {
    Size whole = output_size();
    if (jpeg_.scale_denom == 1) return whole;
    for (int i = 0; i < jpeg_.num_components; ++i) {
      const jpeg_component_info& component = jpeg_.comp_info[i];
      const int across = component.h_samp_factor * scaled_width(component);
      const int down = component.v_samp_factor * scaled_height(component);
      whole.width = std::min(whole.width,
                             uncut(jpeg_.image_width, across, DCTSIZE * jpeg_.max_h_samp_factor));
      whole.height = std::min(whole.height,
                              uncut(jpeg_.image_height, down, DCTSIZE * jpeg_.max_v_samp_factor));
    }
    return whole;
  }
  // Whether the file embeds this profile. Requires: not null.
  bool has_profile(const SharedBytes& profile) const { return markers_.has_profile(*profile); }
  // The whole profile. Null if the file has no profile, or an incomplete one, which is reported.
  SharedBytes profile() const {
    SharedBytes profile = markers_.profile();
    if (!profile && markers_.has_profile()) drop_profile("a part of the profile is missing");
    return profile;
  }
  void drop_profile(std::string why) const {
    if (limits_.profile_dropped) limits_.profile_dropped(std::move(why));
  }
  const DecodeLimits& limits() const { return limits_; }

  // Decodes all rows into `rows`. Requires: not is_cmyk().
  std::optional<Fault> read(JSAMPARRAY rows) {
    return run([&] {
      while (jpeg_.output_scanline < jpeg_.output_height) {
        jpeg_read_scanlines(&jpeg_, rows + jpeg_.output_scanline,
                            jpeg_.output_height - jpeg_.output_scanline);
      }
    });
  }

  // Decodes each row into `row`, then calls `convert` with the row's number.
  template <class Convert>
  std::optional<Fault> read_by_row(JSAMPROW row, const Convert& convert) {
    return run([&] {
      while (jpeg_.output_scanline < jpeg_.output_height) {
        const auto y = static_cast<int>(jpeg_.output_scanline);
        if (jpeg_read_scanlines(&jpeg_, &row, 1) == 1) convert(y);
      }
    });
  }

 private:
  static Size size_of(JDIMENSION width, JDIMENSION height) {
    return {static_cast<int>(width), static_cast<int>(height)};
  }

  // Outputs of an axis of `pixels` before the first whose sample the edge cuts. The component has
  // `samples` for every `unit` pixels.
  int uncut(JDIMENSION pixels, int samples, int unit) const {
    const std::int64_t covered = std::int64_t{pixels} * samples;
    const int denominator = static_cast<int>(jpeg_.scale_denom);
    if (covered % unit == 0) return static_cast<int>((pixels + denominator - 1) / denominator);
    // A sample spread over several outputs also reaches into the output before.
    const int spread = std::max(1, unit / (samples * denominator));
    return std::max(0, static_cast<int>(covered / unit) * spread - (spread > 1 ? 1 : 0));
  }

  template <class Rows>
  std::optional<Fault> run(const Rows& rows) {
    const bool finished = guarded(errors_.escape, [&] {
      jpeg_start_decompress(&jpeg_);
      check_scans(&jpeg_);
      rows();
      jpeg_finish_decompress(&jpeg_);
    });
    // A file that lacks only its end-of-image marker has a whole picture.
    if (!finished) return fault();
    return std::nullopt;
  }

  Fault fault() const {
    if (source_.truncated && errors_.code >= 0) {
      return {"truncated", "the file ends before the picture does"};
    }
    return errors_.fault();
  }

  JpegErrors errors_;
  JpegSource source_;
  JpegMarkers markers_;
  DecodeLimits limits_;
  Progress progress_;
  long memory_limit_ = 0;
  jpeg_decompress_struct jpeg_{};
};

}  // namespace

struct JpegDecoder::State {
  std::vector<JSAMPROW> rows;
  TriedProfile tried;

  // The transform of the last CMYK profile: pictures from one source share a profile, and making
  // its transform takes longer than decoding a small picture. A long profile is not kept: between
  // pictures no plan of memory counts it.
  static constexpr std::size_t kKept = std::size_t{1} << 20;
  SharedBytes cmyk_profile;
  std::optional<IccTransform> cmyk_to_srgb;

  std::optional<Fault> read_cmyk(Decompressor& jpeg, Image& image) {
    select_profile(jpeg);
    auto failed = convert_cmyk(jpeg, image);
    if (cmyk_profile && cmyk_profile->size() > kKept) forget_profile();
    return failed;
  }

  std::optional<Fault> convert_cmyk(Decompressor& jpeg, Image& image) {
    Bytes cmyk(std::size_t{4} * static_cast<std::size_t>(image.width()));
    return jpeg.read_by_row(cmyk.data(), [&](int y) {
      if (cmyk_to_srgb) {
        cmyk_to_srgb->apply(cmyk.data(), image.mutable_row(y), image.width());
      } else {
        inverted_cmyk_to_rgb(cmyk.data(), image.mutable_row(y), image.width());
      }
    });
  }

  std::optional<Fault> read_direct(Decompressor& jpeg, Image& image) {
    rows.resize(static_cast<std::size_t>(image.height()));
    for (int y = 0; y < image.height(); ++y) {
      rows[static_cast<std::size_t>(y)] = image.mutable_row(y);
    }
    if (SharedBytes profile = jpeg.profile()) {
      carry_profile(image, std::move(profile), jpeg.limits().profile_dropped, &tried);
    }
    return jpeg.read(rows.data());
  }

 private:
  void forget_profile() {
    cmyk_to_srgb.reset();
    cmyk_profile.reset();
  }

  void select_profile(const Decompressor& jpeg) {
    if (cmyk_to_srgb && jpeg.has_profile(cmyk_profile)) return;
    forget_profile();
    SharedBytes profile = jpeg.profile();
    if (!profile) return;
    auto made =
        conversion_profile(*profile, DeviceSpace::cmyk).and_then([](const Bytes& conversion) {
          return IccTransform::to_srgb(conversion, TYPE_CMYK_8_REV, TYPE_RGB_8);
        });
    if (!made) return jpeg.drop_profile(std::move(made.error().message));
    cmyk_to_srgb = std::move(*made);
    cmyk_profile = std::move(profile);
  }
};

JpegDecoder::JpegDecoder() : state_(std::make_unique<State>()) {}
JpegDecoder::~JpegDecoder() = default;

Result<Image> JpegDecoder::decode(std::span<const std::uint8_t> file, int denominator,
                                  const DecodeLimits& limits, std::size_t memory_limit) {
  if (!opens_jpeg(file)) return fault("not_an_image", "the file has no JPEG signature");
  Decompressor jpeg(file, limits, memory_limit);
  if (auto failed = jpeg.open(denominator)) return tl::make_unexpected(*failed);

  Image image(jpeg.output_size(), {jpeg.channels(), 8});
  const Size full = jpeg.full_size();
  const double scale = 1.0 / denominator;
  image.set_shrunk(full, {0, 0, full.width * scale, full.height * scale});
  const Size whole = jpeg.whole_size();  // libjpeg forgets its components when it is finished
  auto failed = jpeg.is_cmyk() ? state_->read_cmyk(jpeg, image) : state_->read_direct(jpeg, image);
  if (failed) return tl::make_unexpected(*failed);
  limit_edge(image, whole);
  return image;
}

}  // namespace imagemill::imaging
