#include "tests/imaging/codec/png_files.h"

namespace imagemill::imaging::testing {

Bytes plain_png(Size size, PngLayout layout, const std::vector<Bytes>& rows,
                const std::function<void(png_structp, png_infop)>& configure) {
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  Bytes file;
  png_set_write_fn(
      png, &file,
      [](png_structp p, png_bytep bytes, std::size_t count) {
        auto& to = *static_cast<Bytes*>(png_get_io_ptr(p));
        to.insert(to.end(), bytes, bytes + count);
      },
      nullptr);
  png_set_IHDR(png, info, static_cast<png_uint_32>(size.width),
               static_cast<png_uint_32>(size.height), layout.bits, layout.colour,
               layout.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  configure(png, info);
  png_write_info(png, info);
  for (int passes = png_set_interlace_handling(png); passes > 0; --passes) {
    for (const Bytes& row : rows) png_write_row(png, row.data());
  }
  png_write_end(png, nullptr);
  png_destroy_write_struct(&png, &info);
  return file;
}

}  // namespace imagemill::imaging::testing
