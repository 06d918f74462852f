// Output buffer of an encoder, for a size not known beforehand.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "nodes/imaging/pixels/image.h"

namespace imagemill::imaging {

// Buffer from malloc that doubles its capacity. realloc moves large blocks by remapping and leaves
// unwritten pages unbacked, so only written bytes cost memory. No member but bytes() throws: C code
// calls them.
class GrowingBuffer {
 public:
  GrowingBuffer() = default;
  ~GrowingBuffer() { std::free(data_); }
  GrowingBuffer(const GrowingBuffer&) = delete;
  GrowingBuffer& operator=(const GrowingBuffer&) = delete;

  // Makes room for at least `bytes` in all; false if there is no memory.
  bool reserve(std::size_t bytes) noexcept {
    if (bytes <= capacity_) return true;
    const std::size_t wanted = std::max({bytes, 2 * capacity_, kFirst});
    void* moved = std::realloc(data_, wanted);
    if (moved == nullptr) return false;
    data_ = static_cast<std::uint8_t*>(moved);
    capacity_ = wanted;
    return true;
  }

  // Appends `count` bytes; false if there is no memory.
  bool append(const std::uint8_t* bytes, std::size_t count) noexcept {
    if (!reserve(size_ + count)) return false;
    std::memcpy(data_ + size_, bytes, count);
    size_ += count;
    return true;
  }

  // Sets the size after a writer has filled the room behind size() itself. Requires: size ≤
  // capacity().
  void set_size(std::size_t size) noexcept { size_ = size; }

  std::uint8_t* data() noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }
  std::size_t capacity() const noexcept { return capacity_; }

  // A copy of the written bytes, of exactly that size. May throw std::bad_alloc.
  Bytes bytes() const { return Bytes(data_, data_ + size_); }

 private:
  static constexpr std::size_t kFirst = 64 << 10;

  std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace imagemill::imaging
