#include "nodes/imaging/pixels/buffer_pool.h"

#include <algorithm>
#include <bit>
#include <iterator>
#include <new>

#include <malloc.h>
#include <sys/mman.h>

namespace imagemill::imaging {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;

// Limit of kept blocks. Larger ones are cheap to get on huge pages, and keeping them costs more
// than it saves (docs/decisions/0007-buffer-pool.md).
constexpr std::size_t kKeptBelow = std::size_t{8} << 20;

bool is_kept(std::size_t capacity) {
  return capacity >= BufferPool::kPooledFrom && capacity < kKeptBelow;
}

// Maps a block in a mapping of its own: only whole huge pages of a mapping are huge, and unmapping
// returns all of it.
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
  // Failure is ignored: without huge pages the memory is as good, only slower to get.
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
  // Never destroyed, since blocks may be given back while the process ends.
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
    ++usage_.taken;
    if (std::uint8_t* block = take_kept(wanted)) return block;
    usage_.used += wanted;
    most_used_ = std::max(most_used_, usage_.used);
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

// Takes the best fit, up to twice the size: a fresh block costs more than one that is too large.
std::uint8_t* BufferPool::take_kept(std::size_t wanted) {
  const auto fit = kept_.lower_bound(wanted);
  if (fit == kept_.end() || fit->first > 2 * wanted) return nullptr;
  std::uint8_t* block = fit->second.back().block;
  if (fit->first > wanted) larger_in_use_.emplace(block, fit->first);
  fit->second.pop_back();
  if (fit->second.empty()) kept_.erase(fit);
  usage_.kept -= wanted;
  usage_.used += wanted;
  ++usage_.reused;
  return block;
}

void BufferPool::give(std::uint8_t* block, std::size_t bytes) noexcept {
  const std::size_t asked = capacity(bytes);
  if (!is_kept(asked)) return release(block, asked);
  const std::lock_guard lock(mutex_);
  const auto larger = larger_in_use_.extract(block);
  const std::size_t size = larger.empty() ? asked : larger.mapped();
  usage_.used -= asked;
  usage_.kept += asked;
  try {
    kept_[size].push_back({block, given_++});
    shrink();
  } catch (const std::bad_alloc&) {
    if (const auto place = kept_.find(size); place != kept_.end() && place->second.empty()) {
      kept_.erase(place);
    }
    release(block, size);
    usage_.kept -= size;
  }
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

BufferPool::Run::Run(BufferPool& pool, std::uint64_t budget) : pool_(pool), budget_(budget) {
  const std::lock_guard lock(pool_.mutex_);
  ++pool_.runs_;
  pool_.budgets_ += budget_;
  pool_.shrink();
}

BufferPool::Run::~Run() {
  const std::lock_guard lock(pool_.mutex_);
  --pool_.runs_;
  pool_.budgets_ -= budget_;
  if (pool_.runs_ == 0) {
    pool_.most_used_ = pool_.usage_.used;
    pool_.shrink_to(0);
  } else {
    pool_.shrink();
  }
}

std::shared_ptr<void> BufferPool::join_run(std::uint64_t budget) {
  static const bool gives_back = [] {
    constexpr int kLargest = 1 << 20;  // bytes that the allocator may keep
    mallopt(M_MMAP_THRESHOLD, kLargest);
    return mallopt(M_TRIM_THRESHOLD, kLargest) == 1;
  }();
  static_cast<void>(gives_back);
  return std::make_shared<Run>(shared(), budget);
}

void BufferPool::shrink() noexcept {
  const auto less = [](std::uint64_t whole, std::uint64_t part) {
    return whole - std::min(whole, part);
  };
  shrink_to(std::min({limit() / 8, less(most_used_, usage_.used), less(limit(), usage_.used)}));
}

void BufferPool::shrink_to(std::uint64_t bytes) noexcept {
  while (usage_.kept > bytes && !kept_.empty()) {
    const auto oldest =
        std::min_element(kept_.begin(), kept_.end(), [](const auto& a, const auto& b) {
          return a.second.front().since < b.second.front().since;
        });
    release(oldest->second.front().block, oldest->first);
    usage_.kept -= oldest->first;
    oldest->second.pop_front();
    if (oldest->second.empty()) kept_.erase(oldest);
  }
}

}  // namespace imagemill::imaging
