// A pool of memory blocks for files and pixels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace imagemill::imaging {

// Keeps blocks that are given back, and hands them out again. A block from the system costs a page
// fault for every page. For a photo of 3 MB that is some 700 faults, several times as dear as
// reading the file. The block given back last is reused first, since it is still in the cache.
// Blocks from kHugeFrom on lie on huge pages, where the system has them. Blocks from 8 MiB on are
// not kept: for them huge pages alone are fastest.
//
// A block occupies capacity(bytes), one of four sizes for each power of two, so that kept blocks
// find takers. Plans of memory must count capacities. A kept block also serves a request of down to
// half its size; the difference, its excess, still counts as kept.
//
// The pool keeps at most an eighth of the limit; codecs need memory of their own. Nor does it keep
// more than the highest use so far exceeds the present use. The block unused for longest is freed
// first. The excess of blocks in use cannot be freed, and counts within the eighth.
//
// The limit is the sum of the budgets of the runs in progress. When the last run ends, all kept
// blocks are freed.
//
// Thread-safe. Each call takes a lock: use the pool for blocks, not for nodes of a list.
class BufferPool {
 public:
  static constexpr std::size_t kPooledFrom = std::size_t{64} << 10;  // smaller: plain operator new
  static constexpr std::size_t kHugeFrom = std::size_t{2} << 20;
  static constexpr std::size_t kAlignment = 64;  // a cache line, and the widest SIMD vector

  // The pool that images and files use. Never destroyed.
  static BufferPool& shared();

  explicit BufferPool(std::uint64_t limit) : limit_(limit) {}
  ~BufferPool();
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;

  // The size of the block that serves a request of `bytes`, in bytes.
  static std::size_t capacity(std::size_t bytes);

  // Takes a block of at least `bytes`: uninitialised, aligned to kAlignment. Throws std::bad_alloc.
  std::uint8_t* take(std::size_t bytes);
  // Gives `block` back. Requires: `bytes` is the size it was taken with.
  void give(std::uint8_t* block, std::size_t bytes) noexcept;

  // Sets the limit, in bytes, that holds while no run is in progress.
  void set_limit(std::uint64_t bytes);

  // A run in progress, for the lifetime of this object. Must not outlive the pool. Thread-safe.
  class Run {
   public:
    Run(BufferPool& pool, std::uint64_t budget);
    ~Run();
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;

   private:
    BufferPool& pool_;
    const std::uint64_t budget_;
  };
  // Joins a run to the shared pool. The first call also tells the C library's allocator, for the
  // whole process, to give back what codecs free (mallopt(3)). Otherwise the allocator would keep
  // up to 64 MiB a thread, outside the budget.
  static std::shared_ptr<void> join_run(std::uint64_t budget);

  struct Usage {
    std::uint64_t used = 0;    // bytes in use: the capacities of the requests
    std::uint64_t kept = 0;    // bytes kept beside `used`, excess included
    std::uint64_t taken = 0;   // blocks taken so far, of the sizes that are kept
    std::uint64_t reused = 0;  // blocks of `taken` that were kept ones
  };
  Usage usage() const;

 private:
  struct Kept {
    std::uint8_t* block;
    std::uint64_t since;  // number of blocks given back before this one
  };

  std::uint8_t* take_kept(std::size_t wanted);
  void shrink() noexcept;
  void shrink_to(std::uint64_t bytes) noexcept;
  std::uint64_t limit() const { return runs_ > 0 ? budgets_ : limit_; }

  mutable std::mutex mutex_;
  std::uint64_t limit_;
  std::uint64_t runs_ = 0;
  std::uint64_t budgets_ = 0;  // sum over the runs in progress
  Usage usage_;
  std::uint64_t most_used_ = 0;
  std::uint64_t given_ = 0;
  std::map<std::size_t, std::deque<Kept>> kept_;                  // by capacity, oldest first
  std::unordered_map<std::uint8_t*, std::size_t> larger_in_use_;  // by block: its capacity
};

}  // namespace imagemill::imaging
