#include "nodes/imaging/pixels/buffer_pool.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <map>
#include <random>
#include <thread>
#include <utility>
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

TEST_CASE("while more is in use than the limit, nothing is kept") {
  BufferPool pool(16 * kMiB);
  std::vector<std::uint8_t*> used;
  for (int i = 0; i < 5; ++i) used.push_back(pool.take(4 * kMiB));
  pool.give(pool.take(kMiB), kMiB);
  CHECK(pool.usage().used == 20 * kMiB);
  CHECK(pool.usage().kept == 0);
  for (std::uint8_t* block : used) pool.give(block, 4 * kMiB);
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

TEST_CASE("what a block in use is too large by is no license to keep more") {
  BufferPool pool(256 * kMiB);
  std::uint8_t* large = pool.take(4 * kMiB);
  pool.give(large, 4 * kMiB);
  std::uint8_t* small = pool.take(2 * kMiB);
  CHECK(small == large);
  std::uint8_t* second = pool.take(4 * kMiB);
  CHECK(pool.usage().used == 6 * kMiB);
  CHECK(pool.usage().kept == 2 * kMiB);
  pool.give(small, 2 * kMiB);
  // Once in use were 6 MiB, of which 4 are.
  CHECK(pool.usage().kept <= 2 * kMiB);
  std::uint8_t* third = pool.take(4 * kMiB);
  CHECK(pool.usage().kept == 0);
  pool.give(second, 4 * kMiB);
  pool.give(third, 4 * kMiB);
  CHECK(pool.usage().kept <= 8 * kMiB);
}

TEST_CASE("whatever comes and goes, no more is kept than was promised") {
  constexpr std::uint64_t kLimit = 96 * kMiB;
  constexpr std::size_t kSizes[] = {kMiB, 3 * kMiB / 2, 2 * kMiB, 3 * kMiB, 4 * kMiB};
  BufferPool pool(kLimit);
  std::vector<std::pair<std::uint8_t*, std::size_t>> in_use;
  std::map<std::uint8_t*, std::size_t> real;  // what a block was made for
  std::uint64_t most = 0;
  std::minstd_rand random(7);
  for (int i = 0; i < 4000; ++i) {
    if (!in_use.empty() && random() % 2 == 0) {
      std::swap(in_use[random() % in_use.size()], in_use.back());
      pool.give(in_use.back().first, in_use.back().second);
      in_use.pop_back();
    } else if (in_use.size() < 12) {
      const std::size_t bytes = kSizes[random() % std::size(kSizes)];
      const std::uint64_t reused = pool.usage().reused;
      std::uint8_t* block = pool.take(bytes);
      if (pool.usage().reused == reused) real[block] = bytes;
      in_use.emplace_back(block, bytes);
    }
    std::uint64_t used = 0;
    std::uint64_t beyond = 0;
    for (const auto& [block, bytes] : in_use) {
      used += bytes;
      beyond += real.at(block) - bytes;
    }
    most = std::max(most, used);
    const BufferPool::Usage usage = pool.usage();
    REQUIRE(usage.used == used);
    REQUIRE(usage.kept >= beyond);
    REQUIRE(usage.kept <= std::max(most - used, beyond));
    REQUIRE(usage.kept <= kLimit / 8);
  }
  for (const auto& [block, bytes] : in_use) pool.give(block, bytes);
}

TEST_CASE("a pool keeps to the budgets of the runs that go on, and nothing after the last") {
  BufferPool pool(1024 * kMiB);
  const auto fill = [&] {
    std::vector<std::uint8_t*> blocks;
    for (int i = 0; i < 8; ++i) blocks.push_back(pool.take(2 * kMiB));
    for (std::uint8_t* block : blocks) pool.give(block, 2 * kMiB);
  };
  {
    const BufferPool::Run first(pool, 64 * kMiB);
    fill();
    CHECK(pool.usage().kept == 8 * kMiB);
    {
      const BufferPool::Run second(pool, 32 * kMiB);
      fill();
      CHECK(pool.usage().kept == 12 * kMiB);
    }
    CHECK(pool.usage().kept == 8 * kMiB);
  }
  CHECK(pool.usage().kept == 0);
  // The pool's size in one run does not count for the next.
  const BufferPool::Run next(pool, 1024 * kMiB);
  std::uint8_t* one = pool.take(2 * kMiB);
  std::uint8_t* other = pool.take(4 * kMiB);
  pool.give(one, 2 * kMiB);
  CHECK(pool.usage().kept == 2 * kMiB);
  pool.give(other, 4 * kMiB);
  CHECK(pool.usage().kept == 6 * kMiB);
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
