#include <bit>
#include <cstring>
#include <vector>

#include "nodes/imaging/codec/png/libpng.h"
#include "nodes/imaging/codec/png/png.h"
#include "nodes/imaging/codec/png/png_header.h"
#include "nodes/imaging/pixels/colour.h"

namespace imagemill::imaging {
namespace {

class PngReader {
 public:
  PngReader(std::span<const std::uint8_t> file, const GiveUp& give_up) : rest_(file) {
    errors_.give_up = give_up;
  }
  ~PngReader() { png_destroy_read_struct(&png_, &info_, nullptr); }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;

  // Reads up to the pixels and sets how to decode them.
  bool open() {
    return guarded(errors_.escape, [&] {
      png_ = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, &errors_, PngErrors::on_error,
                                      PngErrors::on_warning, &errors_, PngErrors::allocate,
                                      PngErrors::release);
      if (png_ == nullptr) fail_to_create();
      info_ = png_create_info_struct(png_);
      if (info_ == nullptr) fail_to_create();
      png_set_read_fn(png_, this, read);
      limit();
      png_read_info(png_, info_);
      png_set_expand(png_);
      if (std::endian::native == std::endian::little) png_set_swap(png_);
      png_set_interlace_handling(png_);
      if (errors_.give_up) png_set_read_status_fn(png_, PngErrors::ask);
      png_read_update_info(png_, info_);
    });
  }

  Size size() const {
    return {static_cast<int>(png_get_image_width(png_, info_)),
            static_cast<int>(png_get_image_height(png_, info_))};
  }
  PixelFormat format() const {
    return {png_get_channels(png_, info_), png_get_bit_depth(png_, info_)};
  }

  SharedBytes profile() const {
    png_charp name = nullptr;
    int compression = 0;
    png_bytep data = nullptr;
    png_uint_32 length = 0;
    if (png_get_iCCP(png_, info_, &name, &compression, &data, &length) == 0) return nullptr;
    return std::make_shared<const Bytes>(data, data + length);
  }

  // Decodes all rows into `rows`. Of the data after the rows, only the rest of their own chunk is
  // read. If the file ends within that rest, all rows are there nevertheless.
  bool read_rows(png_bytepp rows) {
    const bool finished = guarded(errors_.escape, [&] { png_read_image(png_, rows); });
    // libpng goes on without a chunk that it had no memory for, even a profile.
    return !errors_.out_of_memory && (finished || (truncated_ && has_all_rows()));
  }

  Fault fault() const {
    if (errors_.given_up) return PngErrors::interrupted();
    if (errors_.out_of_memory) return {"out_of_memory", "no memory to decode the PNG"};
    if (truncated_) return {"truncated", "the file ends before the picture does"};
    return {"corrupt", errors_.message.data()};
  }

 private:
  static void read(png_structp png, png_bytep to, std::size_t count) {
    auto& self = *static_cast<PngReader*>(png_get_io_ptr(png));
    if (count > self.rest_.size()) {
      self.truncated_ = true;
      png_error(png, "truncated");
    }
    std::memcpy(to, self.rest_.data(), count);
    self.rest_ = self.rest_.subspan(count);
  }

  // Whether libpng has handed out all rows; it counts a row before it checks the data after it.
  bool has_all_rows() const {
    constexpr png_byte kPasses = 7;
    if (png_get_interlace_type(png_, info_) == PNG_INTERLACE_ADAM7) {
      return png_get_current_pass_number(png_) == kPasses;
    }
    return png_get_current_row_number(png_) == png_get_image_height(png_, info_);
  }

  [[noreturn]] void fail_to_create() {
    errors_.out_of_memory = true;
    errors_.escape.leave();
  }

  // Bounds what a hostile file can cost, and skips what decoding does not use.
  void limit() {
    constexpr png_byte kProfile[] = {'i', 'C', 'C', 'P', 0};
    png_set_user_limits(png_, kMaxPngSide, kMaxPngSide);
    png_set_chunk_malloc_max(png_, kMaxPngChunk);
    png_set_chunk_cache_max(png_, 128);
    png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
    png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_AS_DEFAULT, kProfile, 1);
  }

  PngErrors errors_;
  std::span<const std::uint8_t> rest_;
  bool truncated_ = false;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
};

}  // namespace

Result<Image> decode_png(std::span<const std::uint8_t> file, const DecodeLimits& limits,
                         TriedProfile* tried) {
  if (!opens_png(file)) return fault("not_an_image", "the file has no PNG signature");
  const auto header = check_png_header(file, limits);
  if (!header) return tl::make_unexpected(header.error());
  if (!*header) return fault("truncated", "the file ends before the picture does");

  PngReader png(file, limits.give_up);
  if (!png.open()) return tl::make_unexpected(png.fault());
  Image image(png.size(), png.format());
  std::vector<png_bytep> rows(static_cast<std::size_t>(image.height()));
  for (int y = 0; y < image.height(); ++y) rows[static_cast<std::size_t>(y)] = image.mutable_row(y);
  if (SharedBytes profile = png.profile()) {
    carry_profile(image, std::move(profile), limits.profile_dropped, tried);
  } else if ((*header)->has_profile && limits.profile_dropped) {
    limits.profile_dropped("the profile is damaged, or of another colour space");
  }
  if (!png.read_rows(rows.data())) return tl::make_unexpected(png.fault());
  return image;
}

}  // namespace imagemill::imaging
