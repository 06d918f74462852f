// Memory for files and pixels, kept when it is given back.
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

// Blocks come and go by the megabyte. Taken from the system each time, every page of them would
// be faulted in anew: for a photo of 3 MB some 700 faults, several times as dear as reading it. The
// pool keeps what is given back and hands it out again, the last one first, for it is still in the
// cache. From kHugeFrom on blocks lie on huge pages, where the system has them; from 8 MiB on they
// are not kept, for then huge pages alone are the fastest.
//
// A block occupies capacity(bytes): one of four sizes for each power of two, so that blocks find
// takers. Whoever plans memory counts capacities. A kept block also serves a request of down to
// half its size; what it is too large by still counts as kept.
//
// The pool keeps no more than what was once in use beside what is in use now, and an eighth of the
// limit at most, for codecs need memory of their own. What has lain unused for longest goes first;
// what blocks in use are too large by can't go, and is within the eighth.
//
// The limit is the sum of the budgets of the runs that go on. With the last of them goes what is
// kept.
//
// Thread-safe. A lock is held for each call: for blocks, not for nodes of a list.
class BufferPool {
 public:
  static constexpr std::size_t kPooledFrom = std::size_t{64} << 10;  // smaller: plain operator new
  static constexpr std::size_t kHugeFrom = std::size_t{2} << 20;
  static constexpr std::size_t kAlignment = 64;  // a cache line, and the widest SIMD vector

  // The one that images and files use. Never destroyed.
  static BufferPool& shared();

  explicit BufferPool(std::uint64_t limit) : limit_(limit) {}
  ~BufferPool();
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;

  static std::size_t capacity(std::size_t bytes);

  // Uninitialised, kAlignment-aligned. Throws std::bad_alloc.
  std::uint8_t* take(std::size_t bytes);
  // `bytes` as it was taken.
  void give(std::uint8_t* block, std::size_t bytes) noexcept;

  // In bytes; while no run goes on.
  void set_limit(std::uint64_t bytes);

  // A run, as long as it lives. Must not outlive the pool. Thread-safe.
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
  // One of the shared pool. With the first, the C library's allocator is told, for the whole
  // process, to give back what codecs free (mallopt(3)): it would keep up to 64 MiB a thread beside
  // the memory that the budget knows of.
  static std::shared_ptr<void> join_run(std::uint64_t budget);

  struct Usage {
    std::uint64_t used = 0;    // bytes, as capacities of what was asked for
    std::uint64_t kept = 0;    // bytes beside these
    std::uint64_t taken = 0;   // blocks so far
    std::uint64_t reused = 0;  // of those
  };
  Usage usage() const;

 private:
  struct Kept {
    std::uint8_t* block;
    std::uint64_t since;  // a count of blocks given back
  };

  std::uint8_t* take_kept(std::size_t wanted);
  void shrink() noexcept;
  void shrink_to(std::uint64_t bytes) noexcept;
  std::uint64_t limit() const { return runs_ > 0 ? budgets_ : limit_; }

  mutable std::mutex mutex_;
  std::uint64_t limit_;
  std::uint64_t runs_ = 0;
  std::uint64_t budgets_ = 0;  // of these
  Usage usage_;
  std::uint64_t most_used_ = 0;
  std::uint64_t given_ = 0;
  std::map<std::size_t, std::deque<Kept>> kept_;                  // by capacity, oldest first
  std::unordered_map<std::uint8_t*, std::size_t> larger_in_use_;  // capacity of what is too large
};

}  // namespace imagemill::imaging
