#include <algorithm>
#include <new>
#include <vector>

#include "nodes/imaging/codec/growing_buffer.h"
#include "nodes/imaging/codec/jpeg/jpeg.h"
#include "nodes/imaging/codec/jpeg/libjpeg.h"

namespace imagemill::imaging {
namespace {

// Hands libjpeg the room in a growing buffer.
struct JpegDestination {
  jpeg_destination_mgr manager{};  // first: libjpeg hands back a pointer to it
  GrowingBuffer buffer;

  JpegDestination() {
    manager.init_destination = [](j_compress_ptr jpeg) { of(jpeg).offer(jpeg, 0); };
    manager.empty_output_buffer = [](j_compress_ptr jpeg) -> boolean {
      JpegDestination& self = of(jpeg);
      self.offer(jpeg, self.buffer.capacity());  // full, whatever free_in_buffer says
      return TRUE;
    };
    manager.term_destination = [](j_compress_ptr jpeg) {
      JpegDestination& self = of(jpeg);
      self.buffer.set_size(self.buffer.capacity() - self.manager.free_in_buffer);
    };
  }

 private:
  static JpegDestination& of(j_compress_ptr jpeg) {
    return *reinterpret_cast<JpegDestination*>(jpeg->dest);
  }

  void offer(j_compress_ptr jpeg, std::size_t used) {
    if (!buffer.reserve(used + 1)) {
      reinterpret_cast<JpegErrors*>(jpeg->err)->leave(JpegErrors::kOutOfMemory);
    }
    manager.next_output_byte = buffer.data() + used;
    manager.free_in_buffer = buffer.capacity() - used;
  }
};

struct Sampling {
  int h;
  int v;
};

Sampling luma_sampling(Subsampling subsampling) {
  switch (subsampling) {
    case Subsampling::s420:
      return {2, 2};
    case Subsampling::s422:
      return {2, 1};
    case Subsampling::s444:
      break;
  }
  return {1, 1};
}

void configure(jpeg_compress_struct& jpeg, const Image& image, const EncodeOptions& options) {
  const bool gray = image.format().channels == 1;
  jpeg.image_width = static_cast<JDIMENSION>(image.width());
  jpeg.image_height = static_cast<JDIMENSION>(image.height());
  jpeg.input_components = image.format().channels;
  jpeg.in_color_space = gray ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&jpeg);
  jpeg_set_quality(&jpeg, options.quality, TRUE);
  if (!gray) {
    const Sampling luma = luma_sampling(options.subsampling);
    jpeg.comp_info[0].h_samp_factor = luma.h;
    jpeg.comp_info[0].v_samp_factor = luma.v;
  }
  if (options.progressive) jpeg_simple_progression(&jpeg);
}

// Upper bound of the output, in bytes. It is what the standard Huffman codes need for all the
// energy that a block can have, spread over its quantised coefficients in the dearest way. A sample
// takes 2.33, 1.61 and 1.15 bytes at quality 100, 95 and 85; black and white noise takes 1.88, 1.22
// and 0.83.
std::size_t data_bytes(std::size_t samples, int quality) {
  const std::size_t percent = quality > 95 ? 240 : quality > 85 ? 165 : 120;
  return samples * percent / 100;
}

// Samples as coded, in whole blocks.
struct Coded {
  std::size_t width;
  std::size_t height;
  std::size_t samples;
};

Coded coded(Size size, PixelFormat format, const EncodeOptions& options) {
  const bool gray = format.channels == 1;
  const Sampling luma = gray ? Sampling{1, 1} : luma_sampling(options.subsampling);
  const auto round_up = [](int value, int unit) {
    return static_cast<std::size_t>((value + unit - 1) / unit * unit);
  };
  const std::size_t width = round_up(size.width, 8 * luma.h);
  const std::size_t height = round_up(size.height, 8 * luma.v);
  const std::size_t chroma =
      gray ? 0 : 2 * width * height / static_cast<std::size_t>(luma.h * luma.v);
  return {width, height, width * height + chroma};
}

}  // namespace

struct JpegEncoder::State {
  std::vector<JSAMPROW> rows;
};

JpegEncoder::JpegEncoder() : state_(std::make_unique<State>()) {}
JpegEncoder::~JpegEncoder() = default;

namespace {

// Rows encoded between two cancellation checks.
constexpr JDIMENSION kRowsUnasked = 64;

struct Progress {
  jpeg_progress_mgr manager{};  // first: libjpeg hands back a pointer to it
  const GiveUp& give_up;
};

void check_progress(j_common_ptr common) {
  if (!reinterpret_cast<Progress*>(common->progress)->give_up()) return;
  reinterpret_cast<JpegErrors*>(common->err)->leave(JpegErrors::kGivenUp);
}

}  // namespace

Result<Bytes> JpegEncoder::encode(const Image& image, const EncodeOptions& options) {
  if (image.width() > JPEG_MAX_DIMENSION || image.height() > JPEG_MAX_DIMENSION) {
    return fault("unsupported", "a JPEG's sides have 65500 pixels at most, the picture has " +
                                    std::to_string(image.width()) + " x " +
                                    std::to_string(image.height()));
  }
  std::vector<JSAMPROW>& rows = state_->rows;
  rows.resize(static_cast<std::size_t>(image.height()));
  for (int y = 0; y < image.height(); ++y) {
    // libjpeg's interface lacks the const that its code keeps.
    rows[static_cast<std::size_t>(y)] = const_cast<JSAMPROW>(image.row(y));
  }

  // Each picture gets a fresh compressor: a progressive one leaves its own Huffman tables behind,
  // which libjpeg would use for the next picture.
  JpegErrors errors;
  JpegDestination destination;
  Progress progress{.give_up = options.give_up};
  progress.manager.progress_monitor = check_progress;
  jpeg_compress_struct jpeg{};
  jpeg.err = &errors.manager;
  const bool encoded = guarded(errors.escape, [&] {
    jpeg_create_compress(&jpeg);
    jpeg.dest = &destination.manager;
    if (options.give_up) jpeg.progress = &progress.manager;
    configure(jpeg, image, options);
    jpeg_start_compress(&jpeg, TRUE);
    if (image.icc() && !image.icc()->empty()) {
      jpeg_write_icc_profile(&jpeg, image.icc()->data(),
                             static_cast<unsigned>(image.icc()->size()));
    }
    while (jpeg.next_scanline < jpeg.image_height) {
      jpeg_write_scanlines(&jpeg, rows.data() + jpeg.next_scanline,
                           std::min(kRowsUnasked, jpeg.image_height - jpeg.next_scanline));
    }
    jpeg_finish_compress(&jpeg);
  });
  jpeg_destroy_compress(&jpeg);
  if (errors.code == JpegErrors::kGivenUp) return tl::make_unexpected(errors.fault());
  // With options and sizes in range, memory is all that libjpeg can lack.
  if (!encoded) throw std::bad_alloc();
  return destination.buffer.bytes();
}

EncodeBounds JpegEncoder::bounds(Size size, PixelFormat format, const EncodeOptions& options,
                                 std::size_t profile_bytes) {
  constexpr std::size_t kUnit = std::size_t{64} << 10;
  const auto [width, height, samples] = coded(size, format, options);
  // Tables, in a progressive file those of each scan. A profile segment holds 65,519 bytes.
  const std::size_t tables = std::size_t{options.progressive ? 8U : 1U} << 10;
  const std::size_t profile = profile_bytes + profile_bytes / 2048;
  const std::size_t file =
      BufferPool::capacity(data_bytes(samples, options.quality) + tables + profile);
  // The growing buffer, before its bytes are copied.
  const std::size_t buffer = file + kUnit;
  const std::size_t coefficients = options.progressive ? 2 * samples : 0;
  const std::size_t rows = (width + 128) * 3 * 24 + height * sizeof(JSAMPROW);
  return {.file = file, .scratch = buffer + coefficients + rows + kUnit};
}

}  // namespace imagemill::imaging
