#include "nodes/imaging/image.h"

#include <atomic>
#include <cstring>
#include <new>

#include <sys/mman.h>

namespace imagemill::imaging {
namespace {

constexpr std::size_t kAlignment = 64;  // a cache line, and the widest SIMD vector

// From here on pixels lie on huge pages: a 12-megapixel image then costs 18 page faults instead of
// 8,790.
constexpr std::size_t kHugeFrom = std::size_t{8} << 20;
constexpr std::size_t kHugePage = std::size_t{2} << 20;

std::size_t round_up(std::size_t bytes, std::size_t to) { return (bytes + to - 1) / to * to; }

std::size_t stride_of(int width, PixelFormat format) {
  const std::size_t bytes = static_cast<std::size_t>(width) * format.bytes_per_pixel();
  return round_up(bytes, kAlignment);
}

std::size_t allocation_of(std::size_t bytes) {
  return bytes < kHugeFrom ? bytes : round_up(bytes, kHugePage);
}

std::shared_ptr<std::uint8_t[]> allocate(std::size_t bytes) {
  const std::align_val_t alignment{bytes < kHugeFrom ? kAlignment : kHugePage};
  auto* memory = static_cast<std::uint8_t*>(::operator new(allocation_of(bytes), alignment));
  // Advice: without huge pages the memory is as good, only slower to come by.
  if (bytes >= kHugeFrom) madvise(memory, allocation_of(bytes), MADV_HUGEPAGE);
  return {memory, [alignment](std::uint8_t* p) { ::operator delete(p, alignment); }};
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
  return allocation_of(stride_of(size.width, format) * static_cast<std::size_t>(size.height));
}

void Image::make_unique() {
  if (pixels_.use_count() == 1) {
    // use_count() is a relaxed load; the fence orders what other threads read through the
    // references that they have given up before what this one is about to write.
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

}  // namespace imagemill::imaging
