#include "nodes/imaging/buffer_pool.h"

#include <cstring>
#include <thread>
#include <vector>

#include "tests/support/catch.h"

using imagemill::imaging::BufferPool;

namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

}  // namespace

TEST_CASE("a block's capacity holds it, wastes a quarter at most, and is its own capacity") {
  for (std::size_t bytes = 1; bytes < 64 * kMiB; bytes += bytes / 7 + 1) {
    const std::size_t capacity = BufferPool::capacity(bytes);
    CHECK(capacity >= bytes);
    CHECK(capacity <= bytes + bytes / 4);
    CHECK(BufferPool::capacity(capacity) == capacity);
  }
}

TEST_CASE("what was given back is handed out again, the last one first") {
  BufferPool pool(64 * kMiB);
  std::uint8_t* first = pool.take(3 * kMiB);
  std::uint8_t* second = pool.take(3 * kMiB);
  pool.give(first, 3 * kMiB);
  pool.give(second, 3 * kMiB);
  CHECK(pool.take(3 * kMiB - 100) == second);
  CHECK(pool.take(3 * kMiB) == first);
  CHECK(pool.usage().reused == 2);
  pool.give(first, 3 * kMiB);
  pool.give(second, 3 * kMiB - 100);
  CHECK(pool.usage().used == 0);
}

TEST_CASE("blocks can be written from end to end, and are aligned") {
  BufferPool pool(256 * kMiB);
  for (const std::size_t bytes : {std::size_t{1}, std::size_t{1000}, std::size_t{70'000},
                                  2 * kMiB - 1, 2 * kMiB, 9 * kMiB + 1}) {
    std::uint8_t* block = pool.take(bytes);
    CHECK(reinterpret_cast<std::uintptr_t>(block) % BufferPool::kAlignment == 0);
    std::memset(block, 0xA5, bytes);
    CHECK(block[bytes - 1] == 0xA5);
    pool.give(block, bytes);
  }
}

TEST_CASE("a kept block serves a request of down to half its size, and is itself again") {
  BufferPool pool(64 * kMiB);
  std::uint8_t* block = pool.take(4 * kMiB);
  pool.give(block, 4 * kMiB);
  CHECK(pool.take(2 * kMiB) == block);
  CHECK(pool.usage().used == 2 * kMiB);
  CHECK(pool.usage().kept == 2 * kMiB);
  pool.give(block, 2 * kMiB);
  CHECK(pool.usage().kept == 4 * kMiB);
  CHECK(pool.take(4 * kMiB) == block);
  pool.give(block, 4 * kMiB);
  std::uint8_t* small = pool.take(kMiB);
  CHECK(small != block);
  pool.give(small, kMiB);
}

TEST_CASE("no more is kept than was once in use, and what lay unused for longest goes first") {
  BufferPool pool(64 * kMiB);
  std::vector<std::uint8_t*> blocks;
  for (int i = 0; i < 3; ++i) blocks.push_back(pool.take(2 * kMiB));
  for (std::uint8_t* block : blocks) pool.give(block, 2 * kMiB);
  CHECK(pool.usage().kept == 6 * kMiB);
  std::uint8_t* larger = pool.take(5 * kMiB / 2);
  CHECK(pool.usage().kept == 2 * kMiB);
  CHECK(pool.take(2 * kMiB) == blocks.back());
  pool.give(blocks.back(), 2 * kMiB);
  pool.give(larger, 5 * kMiB / 2);
}

TEST_CASE("what is kept stays within the limit, less what is in use, and within an eighth of it") {
  BufferPool pool(40 * kMiB);
  std::vector<std::uint8_t*> blocks;
  for (int i = 0; i < 9; ++i) blocks.push_back(pool.take(4 * kMiB));
  std::uint8_t* small = pool.take(kMiB);
  pool.give(small, kMiB);
  CHECK(pool.usage().used == 36 * kMiB);
  CHECK(pool.usage().kept == kMiB);
  for (std::uint8_t* block : blocks) {
    pool.give(block, 4 * kMiB);
    CHECK(pool.usage().kept <= 5 * kMiB);
    CHECK(pool.usage().kept + pool.usage().used <= 40 * kMiB);
  }
  CHECK(pool.usage().kept > 0);
  pool.set_limit(0);
  CHECK(pool.usage().kept == 0);
}

TEST_CASE("threads share a pool") {
  BufferPool pool(16 * kMiB);
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&pool, t] {
      for (int i = 0; i < 300; ++i) {
        const std::size_t bytes = std::size_t{100'000} + 50'000 * ((i + t) % 7);
        std::uint8_t* block = pool.take(bytes);
        std::memset(block, t, bytes);
        if (block[bytes / 2] != t) std::abort();
        pool.give(block, bytes);
      }
    });
  }
  threads.clear();
  CHECK(pool.usage().used == 0);
  CHECK(pool.usage().taken == 1200);
  CHECK(pool.usage().kept <= 2 * kMiB);
}
