// The decoded picture that flows between nodes, and its geometry.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string_view>
#include <utility>
#include <vector>

#include "nodes/imaging/pixels/buffer_pool.h"

namespace imagemill::imaging {

struct Size {
  int width = 0;   // pixels
  int height = 0;  // pixels
  friend bool operator==(const Size&, const Size&) = default;
};

// A rectangle in continuous pixel coordinates: pixel (x, y) covers [x, x+1) × [y, y+1).
struct Box {
  double x = 0;
  double y = 0;
  double width = 0;
  double height = 0;
  friend bool operator==(const Box&, const Box&) = default;
};

// Samples are interleaved and unsigned; 16-bit samples are native-endian. Alpha is straight
// (not premultiplied) and comes last.
struct PixelFormat {
  int channels = 3;  // 1 gray, 2 gray+alpha, 3 RGB, 4 RGBA
  int bits = 8;      // a sample: 8 or 16

  bool has_alpha() const { return channels == 2 || channels == 4; }
  bool is_gray() const { return channels <= 2; }
  std::size_t bytes_per_pixel() const { return static_cast<std::size_t>(channels) * (bits / 8); }
  friend bool operator==(const PixelFormat&, const PixelFormat&) = default;
};

// Allocates from the shared BufferPool. New elements stay uninitialised: a file is read over them
// anyway.
template <class T>
struct BufferAllocator {
  using value_type = T;
  BufferAllocator() = default;
  template <class U>
  explicit BufferAllocator(const BufferAllocator<U>& /*other*/) noexcept {}

  T* allocate(std::size_t count) {
    return reinterpret_cast<T*>(BufferPool::shared().take(count * sizeof(T)));
  }
  void deallocate(T* block, std::size_t count) noexcept {
    BufferPool::shared().give(reinterpret_cast<std::uint8_t*>(block), count * sizeof(T));
  }
  template <class U>
  void construct(U* p) noexcept {
    ::new (static_cast<void*>(p)) U;
  }
  template <class U, class... Args>
  void construct(U* p, Args&&... args) {
    std::construct_at(p, std::forward<Args>(args)...);
  }
  friend bool operator==(const BufferAllocator&, const BufferAllocator&) = default;
};

// Encoded or auxiliary bytes; immutable once shared. resize() does not clear the bytes that it
// adds.
using Bytes = std::vector<std::uint8_t, BufferAllocator<std::uint8_t>>;
using SharedBytes = std::shared_ptr<const Bytes>;

// A picture: width × height × channels, rows `stride()` bytes apart.
//
// A value with shared pixels: a copy costs a reference count and shows the same pixels. Shared
// pixels are immutable. Call `mutable_row` only after `make_unique`, which copies pixels that
// someone else still holds. Thread-safe as std::shared_ptr is: distinct Images that share pixels
// may be used from distinct threads.
class Image {
 public:
  static constexpr std::string_view kTypeName = "image";
  static constexpr auto kJoinRun = &BufferPool::join_run;

  Image() = default;

  // Makes a picture whose pixels are uninitialised, from the pool; rows start at multiples of 64
  // bytes. Throws std::bad_alloc. Requires: size.width and size.height ≥ 1.
  Image(Size size, PixelFormat format);

  Size size() const { return size_; }
  int width() const { return size_.width; }
  int height() const { return size_.height; }
  PixelFormat format() const { return format_; }
  std::size_t stride() const { return stride_; }  // bytes from a row to the next

  const std::uint8_t* row(int y) const {
    return pixels_.get() + stride_ * static_cast<std::size_t>(y);
  }
  // Requires: no other Image shares the pixels (just constructed, or after make_unique).
  std::uint8_t* mutable_row(int y) { return pixels_.get() + stride_ * static_cast<std::size_t>(y); }

  // 16-bit views of the same rows. Requires: format().bits == 16.
  const std::uint16_t* row16(int y) const { return reinterpret_cast<const std::uint16_t*>(row(y)); }
  std::uint16_t* mutable_row16(int y) { return reinterpret_cast<std::uint16_t*>(mutable_row(y)); }

  // Makes this the only holder of its pixels. Free when it already is, else one copy.
  void make_unique();

  // Memory of the pixels in bytes, with all padding and the pool's rounding.
  std::size_t byte_size() const { return byte_size(size_, format_); }
  static std::size_t byte_size(Size size, PixelFormat format);

  // The size of the picture for its user. After shrink-on-load this is the file's own (oriented)
  // size, so that a later resize computes its target from what the user sees. Otherwise it equals
  // size().
  Size full_size() const { return full_size_; }
  // The part of the pixel grid that the picture covers. Smaller than the grid only after
  // shrink-on-load, if the last column or row reaches beyond the picture's edge.
  Box cover() const { return cover_; }
  void set_shrunk(Size full_size, Box cover);

  // The embedded colour profile, or null for sRGB (or its gray). Its colour space always agrees
  // with format(): an RGB profile on 3 or 4 channels, a gray one on 1 or 2.
  const SharedBytes& icc() const { return icc_; }
  void set_icc(SharedBytes icc) { icc_ = std::move(icc); }

 private:
  Size size_;
  PixelFormat format_;
  std::size_t stride_ = 0;
  std::shared_ptr<std::uint8_t[]> pixels_;
  Size full_size_;
  Box cover_;
  SharedBytes icc_;
};

// Makes a picture for the result of work on `image`: the same size, in `format`, with the same
// full_size() and cover(). The profile is kept unless gray becomes colour or colour gray. Pixels
// are uninitialised. Throws std::bad_alloc.
Image blank_like(const Image& image, PixelFormat format);

}  // namespace imagemill::imaging
