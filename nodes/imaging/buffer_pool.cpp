#include "nodes/imaging/buffer_pool.h"

#include <algorithm>
#include <bit>
#include <iterator>
#include <new>

#include <sys/mman.h>

namespace imagemill::imaging {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;

// Larger blocks are not kept: on huge pages they are cheap to come by, and keeping them costs more
// than it saves (docs/decisions/0007).
constexpr std::size_t kKeptBelow = std::size_t{8} << 20;

bool is_kept(std::size_t capacity) {
  return capacity >= BufferPool::kPooledFrom && capacity < kKeptBelow;
}

// Mapped by itself, for only whole huge pages of a mapping are huge, and unmapping returns it all.
std::uint8_t* map_block(std::size_t bytes) {
  const std::size_t reserved = bytes + kHugePage;
  void* mapped =
      mmap(nullptr, reserved, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  auto* begin = static_cast<std::uint8_t*>(mapped);
  const std::size_t before = -reinterpret_cast<std::uintptr_t>(begin) % kHugePage;
  auto* block = begin + before;
  if (before > 0) munmap(begin, before);
  munmap(block + bytes, reserved - before - bytes);
  // Advice: without huge pages the memory is as good, only slower to come by.
  madvise(block, bytes, MADV_HUGEPAGE);
  return block;
}

std::uint8_t* acquire(std::size_t capacity) {
  if (capacity >= BufferPool::kHugeFrom) return map_block(capacity);
  return static_cast<std::uint8_t*>(
      ::operator new (capacity, std::align_val_t{BufferPool::kAlignment}));
}

void release(std::uint8_t* block, std::size_t capacity) noexcept {
  if (capacity >= BufferPool::kHugeFrom) {
    munmap(block, capacity);
  } else {
    ::operator delete (block, std::align_val_t{BufferPool::kAlignment});
  }
}

}  // namespace

BufferPool& BufferPool::shared() {
  // Blocks may be given back while the process ends.
  static BufferPool& pool = *new BufferPool(std::uint64_t{1} << 30);
  return pool;
}

BufferPool::~BufferPool() { set_limit(0); }

std::size_t BufferPool::capacity(std::size_t bytes) {
  if (bytes < kPooledFrom) return bytes;
  const std::size_t step = std::bit_floor(bytes) / 4;
  return (bytes + step - 1) / step * step;  // NOLINT: step is not 0, of kPooledFrom or more bytes
}

std::uint8_t* BufferPool::take(std::size_t bytes) {
  const std::size_t wanted = capacity(bytes);
  if (!is_kept(wanted)) return acquire(wanted);
  {
    const std::lock_guard lock(mutex_);
    usage_.used += wanted;
    ++usage_.taken;
    const auto found = kept_.find(wanted);
    if (found != kept_.end() && !found->second.empty()) {
      std::uint8_t* block = found->second.back();
      found->second.pop_back();
      usage_.kept -= wanted;
      ++usage_.reused;
      return block;
    }
    shrink();
  }
  try {
    return acquire(wanted);
  } catch (...) {
    const std::lock_guard lock(mutex_);
    usage_.used -= wanted;
    throw;
  }
}

void BufferPool::give(std::uint8_t* block, std::size_t bytes) noexcept {
  const std::size_t size = capacity(bytes);
  if (!is_kept(size)) return release(block, size);
  const std::lock_guard lock(mutex_);
  usage_.used -= size;
  try {
    kept_[size].push_back(block);
    usage_.kept += size;
  } catch (const std::bad_alloc&) {
    release(block, size);
  }
  shrink();
}

void BufferPool::set_limit(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  limit_ = bytes;
  shrink();
}

BufferPool::Usage BufferPool::usage() const {
  const std::lock_guard lock(mutex_);
  return usage_;
}

// The largest go first: few system calls for much memory.
void BufferPool::shrink() noexcept {
  const std::uint64_t most_kept =
      std::min(limit_ / 8, limit_ > usage_.used ? limit_ - usage_.used : 0);
  while (usage_.kept > most_kept && !kept_.empty()) {
    const auto largest = std::prev(kept_.end());
    if (largest->second.empty()) {
      kept_.erase(largest);
      continue;
    }
    release(largest->second.back(), largest->first);
    largest->second.pop_back();
    usage_.kept -= largest->first;
  }
}

}  // namespace imagemill::imaging
