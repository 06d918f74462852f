// Where an encoder writes its output, whose size nobody knows beforehand.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "nodes/imaging/pixels/image.h"

namespace imagemill::imaging {

// Memory that doubles, from malloc: realloc moves large blocks by remapping, and leaves what is not
// yet written unbacked, so what it costs is what was written. No member throws: C code calls them.
class GrowingBuffer {
 public:
  GrowingBuffer() = default;
  ~GrowingBuffer() { std::free(data_); }
  GrowingBuffer(const GrowingBuffer&) = delete;
  GrowingBuffer& operator=(const GrowingBuffer&) = delete;

  // Makes room for at least `bytes` in all; false when there is no memory.
  bool reserve(std::size_t bytes) noexcept {
    if (bytes <= capacity_) return true;
    const std::size_t wanted = std::max({bytes, 2 * capacity_, kFirst});
    void* moved = std::realloc(data_, wanted);
    if (moved == nullptr) return false;
    data_ = static_cast<std::uint8_t*>(moved);
    capacity_ = wanted;
    return true;
  }

  bool append(const std::uint8_t* bytes, std::size_t count) noexcept {
    if (!reserve(size_ + count)) return false;
    std::memcpy(data_ + size_, bytes, count);
    size_ += count;
    return true;
  }

  // For a writer that fills the room behind size() itself. Requires: size ≤ capacity().
  void set_size(std::size_t size) noexcept { size_ = size; }

  std::uint8_t* data() noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }
  std::size_t capacity() const noexcept { return capacity_; }

  // A copy that holds no byte more than what was written. May throw std::bad_alloc.
  Bytes bytes() const { return Bytes(data_, data_ + size_); }

 private:
  static constexpr std::size_t kFirst = 64 << 10;

  std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace imagemill::imaging
