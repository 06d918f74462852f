#include "nodes/imaging/pixels/image.h"

#include <atomic>
#include <cstring>

namespace imagemill::imaging {
namespace {

std::size_t stride_of(int width, PixelFormat format) {
  constexpr std::size_t kUnit = BufferPool::kAlignment;
  const std::size_t bytes = static_cast<std::size_t>(width) * format.bytes_per_pixel();
  return (bytes + kUnit - 1) / kUnit * kUnit;
}

std::shared_ptr<std::uint8_t[]> allocate(std::size_t bytes) {
  return {BufferPool::shared().take(bytes),
          [bytes](std::uint8_t* block) { BufferPool::shared().give(block, bytes); }};
}

}  // namespace

Image::Image(Size size, PixelFormat format)
    : size_(size),
      format_(format),
      stride_(stride_of(size.width, format)),
      pixels_(allocate(stride_ * static_cast<std::size_t>(size.height))),
      full_size_(size),
      cover_{0, 0, static_cast<double>(size.width), static_cast<double>(size.height)} {}

std::size_t Image::byte_size(Size size, PixelFormat format) {
  return BufferPool::capacity(stride_of(size.width, format) *
                              static_cast<std::size_t>(size.height));
}

void Image::make_unique() {
  if (pixels_.use_count() == 1) {
    // use_count() is a relaxed load. The fence makes reads by earlier holders on other threads
    // happen before the writes to come.
    std::atomic_thread_fence(std::memory_order_acquire);
    return;
  }
  const std::size_t bytes = stride_ * static_cast<std::size_t>(size_.height);
  auto copy = allocate(bytes);
  std::memcpy(copy.get(), pixels_.get(), bytes);
  pixels_ = std::move(copy);
}

void Image::set_shrunk(Size full_size, Box cover) {
  full_size_ = full_size;
  cover_ = cover;
}

Image blank_like(const Image& image, PixelFormat format) {
  Image blank(image.size(), format);
  blank.set_shrunk(image.full_size(), image.cover());
  if (format.is_gray() == image.format().is_gray()) blank.set_icc(image.icc());
  return blank;
}

}  // namespace imagemill::imaging
