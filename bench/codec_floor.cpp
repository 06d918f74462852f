#include "bench/codec_floor.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
// After <cstdio>, which it needs.
#include <jpeglib.h>
#include <png.h>

#include "nodes/imaging/codec/png/png_header.h"

namespace imagemill::bench {
namespace {

[[noreturn]] void give_up(const char* what) {
  std::fprintf(stderr, "the floor cannot %s\n", what);
  std::exit(EXIT_FAILURE);
}

// libjpeg's own way to end on an error is to end the program, which is what is wanted here.
template <class Jpeg>
jpeg_error_mgr& errors_of(Jpeg& jpeg, jpeg_error_mgr& errors) {
  jpeg.err = jpeg_std_error(&errors);
  errors.output_message = [](j_common_ptr) {};
  return errors;
}

}  // namespace

CodecFloor::~CodecFloor() { std::free(encoded_); }

std::span<const std::uint8_t> CodecFloor::decode(const imaging::Encoded& file,
                                                 std::int64_t pixels) {
  const std::span<const std::uint8_t> bytes(*file.bytes);
  return imaging::opens_png(bytes) ? decode_png(bytes) : decode_jpeg(bytes, pixels);
}

std::span<const std::uint8_t> CodecFloor::decode_jpeg(std::span<const std::uint8_t> file,
                                                      std::int64_t pixels) {
  jpeg_decompress_struct jpeg{};
  jpeg_error_mgr errors{};
  errors_of(jpeg, errors);
  jpeg_create_decompress(&jpeg);
  jpeg_mem_src(&jpeg, file.data(), file.size());
  jpeg_read_header(&jpeg, TRUE);
  if (jpeg.num_components == 3) jpeg.out_color_space = JCS_RGB;
  jpeg.scale_num = 1;
  for (jpeg.scale_denom = 8; jpeg.scale_denom > 1; jpeg.scale_denom /= 2) {
    jpeg_calc_output_dimensions(&jpeg);
    if (std::int64_t{jpeg.output_width} * jpeg.output_height >= pixels) break;
  }
  jpeg_start_decompress(&jpeg);
  const std::size_t stride =
      std::size_t{jpeg.output_width} * static_cast<std::size_t>(jpeg.output_components);
  if (pixels_.size() < stride * jpeg.output_height) pixels_.resize(stride * jpeg.output_height);
  while (jpeg.output_scanline < jpeg.output_height) {
    JSAMPROW rows[8];
    const auto left = std::min<JDIMENSION>(jpeg.output_height - jpeg.output_scanline, 8);
    for (JDIMENSION i = 0; i < left; ++i) {
      rows[i] = pixels_.data() + stride * (jpeg.output_scanline + i);
    }
    jpeg_read_scanlines(&jpeg, rows, left);
  }
  const std::size_t size = stride * jpeg.output_height;
  jpeg_finish_decompress(&jpeg);
  jpeg_destroy_decompress(&jpeg);
  return {pixels_.data(), size};
}

std::span<const std::uint8_t> CodecFloor::decode_png(std::span<const std::uint8_t> file) {
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  if (setjmp(png_jmpbuf(png)) != 0) give_up("decode a PNG");
  struct Rest {
    std::span<const std::uint8_t> bytes;
  } rest{file};
  png_set_read_fn(png, &rest, [](png_structp reader, png_bytep to, png_size_t size) {
    auto& left = static_cast<Rest*>(png_get_io_ptr(reader))->bytes;
    if (size > left.size()) png_error(reader, "truncated");
    std::memcpy(to, left.data(), size);
    left = left.subspan(size);
  });
  png_read_info(png, info);
  png_set_expand(png);
  const int passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  const std::size_t stride = png_get_rowbytes(png, info);
  const std::size_t height = png_get_image_height(png, info);
  if (pixels_.size() < stride * height) pixels_.resize(stride * height);
  for (int pass = 0; pass < passes; ++pass) {
    for (std::size_t y = 0; y < height; ++y) {
      png_read_row(png, pixels_.data() + y * stride, nullptr);
    }
  }
  png_read_end(png, nullptr);
  png_destroy_read_struct(&png, &info, nullptr);
  return {pixels_.data(), stride * height};
}

std::span<const std::uint8_t> CodecFloor::encode_jpeg(const imaging::Image& image, int quality) {
  jpeg_compress_struct jpeg{};
  jpeg_error_mgr errors{};
  errors_of(jpeg, errors);
  jpeg_create_compress(&jpeg);
  if (encoded_ == nullptr) {
    encoded_room_ = 1 << 20;
    encoded_ = static_cast<unsigned char*>(std::malloc(encoded_room_));
  }
  // libjpeg takes the buffer that it is given, and where it is too small, one of its own.
  unsigned char* to = encoded_;
  unsigned long size = encoded_room_;
  jpeg_mem_dest(&jpeg, &to, &size);
  jpeg.image_width = static_cast<JDIMENSION>(image.width());
  jpeg.image_height = static_cast<JDIMENSION>(image.height());
  jpeg.input_components = image.format().channels;
  jpeg.in_color_space = image.format().channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&jpeg);
  jpeg_set_quality(&jpeg, quality, TRUE);
  jpeg_start_compress(&jpeg, TRUE);
  while (jpeg.next_scanline < jpeg.image_height) {
    auto* row = const_cast<JSAMPROW>(image.row(static_cast<int>(jpeg.next_scanline)));
    jpeg_write_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_compress(&jpeg);
  jpeg_destroy_compress(&jpeg);
  if (to != encoded_) {
    std::free(encoded_);
    encoded_ = to;
    encoded_room_ = size;
  }
  return {encoded_, size};
}

std::span<const std::uint8_t> CodecFloor::read(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status {};
  if (fd < 0 || ::fstat(fd, &status) != 0) give_up("open a file");
  const auto size = static_cast<std::size_t>(status.st_size);
  if (file_.size() < size) file_.resize(size);
  std::size_t done = 0;
  for (ssize_t count = 0; done < size; done += static_cast<std::size_t>(count)) {
    count = ::read(fd, file_.data() + done, size - done);
    if (count <= 0) give_up("read a file");
  }
  ::close(fd);
  return {file_.data(), size};
}

void CodecFloor::write(const std::filesystem::path& file, std::span<const std::uint8_t> bytes) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) give_up("create a file");
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count <= 0) give_up("write a file");
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  ::close(fd);
}

}  // namespace imagemill::bench
