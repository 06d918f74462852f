#include <bit>
#include <new>
#include <vector>

#include "nodes/imaging/codec/growing_buffer.h"
#include "nodes/imaging/codec/png/libpng.h"
#include "nodes/imaging/codec/png/png.h"

namespace imagemill::imaging {
namespace {

void write(png_structp png, png_bytep bytes, std::size_t count) {
  if (static_cast<GrowingBuffer*>(png_get_io_ptr(png))->append(bytes, count)) return;
  static_cast<PngErrors*>(png_get_error_ptr(png))->out_of_memory = true;
  png_error(png, "out of memory");
}

int colour_type(PixelFormat format) {
  return (format.is_gray() ? 0 : PNG_COLOR_MASK_COLOR) |
         (format.has_alpha() ? PNG_COLOR_MASK_ALPHA : 0);
}

void describe(png_structp png, png_infop info, const Image& image) {
  png_set_IHDR(png, info, static_cast<png_uint_32>(image.width()),
               static_cast<png_uint_32>(image.height()), image.format().bits,
               colour_type(image.format()), PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  if (image.icc() && !image.icc()->empty()) {
    png_set_iCCP(png, info, "icc", PNG_COMPRESSION_TYPE_BASE, image.icc()->data(),
                 static_cast<png_uint_32>(image.icc()->size()));
  }
}

}  // namespace

Result<Bytes> encode_png(const Image& image, const EncodeOptions& options) {
  std::vector<png_bytep> rows(static_cast<std::size_t>(image.height()));
  for (int y = 0; y < image.height(); ++y) {
    // libpng's interface lacks the const that its code keeps.
    rows[static_cast<std::size_t>(y)] = const_cast<png_bytep>(image.row(y));
  }
  PngErrors errors;
  errors.give_up = options.give_up;
  GrowingBuffer buffer;
  png_structp png = nullptr;
  png_infop info = nullptr;
  bool lost_profile = false;
  const bool encoded = guarded(errors.escape, [&] {
    png = png_create_write_struct_2(PNG_LIBPNG_VER_STRING, &errors, PngErrors::on_error,
                                    PngErrors::on_warning, &errors, PngErrors::allocate,
                                    PngErrors::release);
    if (png != nullptr) info = png_create_info_struct(png);
    if (info == nullptr) {
      errors.out_of_memory = true;
      errors.escape.leave();
    }
    png_set_write_fn(png, &buffer, write, [](png_structp) {});
    if (errors.give_up) png_set_write_status_fn(png, PngErrors::ask);
    // A profile that libpng finds fault with is left out.
    png_set_benign_errors(png, 1);
    png_set_compression_level(png, options.level);
    describe(png, info, image);
    lost_profile = image.icc() && !image.icc()->empty() && !png_get_valid(png, info, PNG_INFO_iCCP);
    png_write_info(png, info);
    if (std::endian::native == std::endian::little) png_set_swap(png);
    png_write_image(png, rows.data());
    png_write_end(png, nullptr);
  });
  png_destroy_write_struct(&png, &info);
  if (errors.out_of_memory) throw std::bad_alloc();
  if (errors.given_up) return tl::make_unexpected(PngErrors::interrupted());
  if (!encoded) return fault("unsupported", errors.message.data());
  if (lost_profile && options.profile_dropped) {
    options.profile_dropped("PNG does not take such a profile");
  }
  return buffer.bytes();
}

EncodeBounds png_bounds(Size size, PixelFormat format, const EncodeOptions& /*options*/,
                        std::size_t profile_bytes) {
  const std::size_t row = static_cast<std::size_t>(size.width) * format.bytes_per_pixel() + 1;
  const auto rows = static_cast<std::size_t>(size.height);
  const std::size_t raw = row * rows + profile_bytes;
  // The most careful result of deflateBound, plus twelve bytes for each 8 KiB.
  const std::size_t deflated = raw + raw / 8 + raw / 64 + (std::size_t{1} << 10);
  const std::size_t file = BufferPool::capacity(deflated + deflated / 512);
  // The growing buffer, before its bytes are copied.
  const std::size_t buffer = file + (std::size_t{64} << 10);
  // The filters try five rows; deflate's window and tables are 268 KB, libpng's own need little. It
  // holds two copies of the profile.
  const std::size_t libpng =
      6 * row + sizeof(png_bytep) * rows + (std::size_t{320} << 10) + 2 * profile_bytes;
  return {.file = file, .scratch = buffer + libpng};
}

}  // namespace imagemill::imaging
