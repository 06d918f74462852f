#include "nodes/imaging/image.h"

#include <atomic>
#include <cstring>
#include <new>

namespace imagemill::imaging {
namespace {

constexpr std::size_t kAlignment = 64;  // a cache line, and the widest SIMD vector

std::size_t stride_of(int width, PixelFormat format) {
  const std::size_t bytes = static_cast<std::size_t>(width) * format.bytes_per_pixel();
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

std::shared_ptr<std::uint8_t[]> allocate(std::size_t bytes) {
  auto* memory = static_cast<std::uint8_t*>(::operator new (bytes, std::align_val_t{kAlignment}));
  return {memory, [](std::uint8_t* p) { ::operator delete (p, std::align_val_t{kAlignment}); }};
}

}  // namespace

Image::Image(Size size, PixelFormat format)
    : size_(size),
      format_(format),
      stride_(stride_of(size.width, format)),
      pixels_(allocate(byte_size())),
      full_size_(size),
      cover_{0, 0, static_cast<double>(size.width), static_cast<double>(size.height)} {}

std::size_t Image::byte_size(Size size, PixelFormat format) {
  return stride_of(size.width, format) * static_cast<std::size_t>(size.height);
}

void Image::make_unique() {
  if (pixels_.use_count() == 1) {
    // use_count() is a relaxed load; the fence orders what other threads read through the
    // references that they have given up before what this one is about to write.
    std::atomic_thread_fence(std::memory_order_acquire);
    return;
  }
  auto copy = allocate(byte_size());
  std::memcpy(copy.get(), pixels_.get(), byte_size());
  pixels_ = std::move(copy);
}

void Image::set_shrunk(Size full_size, Box cover) {
  full_size_ = full_size;
  cover_ = cover;
}

}  // namespace imagemill::imaging
