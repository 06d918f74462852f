// The memory budget, by itself.
#include <atomic>
#include <chrono>
#include <random>
#include <thread>
#include <vector>

#include "engine/node/memory_budget.h"
#include "tests/support/catch.h"
#include "tests/support/watchdog.h"

namespace imagemill::testing {
namespace {

using namespace std::chrono_literals;

// Reserves on a thread of its own, and tells when it was granted.
class Waiter {
 public:
  Waiter(MemoryBudget& budget, std::uint64_t bytes)
      : thread_([this, &budget, bytes](const std::stop_token& stop) {
          lease_ = budget.reserve(bytes, stop);
          done_ = true;
        }) {}
  bool granted_within(std::chrono::milliseconds time) const {
    const auto end = std::chrono::steady_clock::now() + time;
    while (!done_ && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(1ms);
    return done_;
  }
  // Asks it to stop and tells whether it had its lease.
  bool stop() {
    thread_.request_stop();
    thread_.join();
    return static_cast<bool>(lease_);
  }

 private:
  std::atomic<bool> done_ = false;
  Lease lease_;
  std::jthread thread_;
};

TEST_CASE("Leases add up and return what they hold when they go", "[engine]") {
  MemoryBudget budget(100, 10);
  CHECK(budget.limit() == 100);
  {
    const Lease a = budget.reserve(60, {});
    CHECK(static_cast<bool>(a));
    CHECK(a.bytes() == 60);
    const Lease b = budget.reserve(40, {});
    CHECK(budget.used() == 100);
  }
  CHECK(budget.used() == 0);
  CHECK(budget.peak() == 100);
  CHECK(budget.largest() == 60);
}

TEST_CASE("A moved lease is returned once", "[engine]") {
  MemoryBudget budget(100, 10);
  Lease a = budget.reserve(30, {});
  Lease b = std::move(a);
  CHECK_FALSE(static_cast<bool>(a));  // NOLINT: what a moved-from lease is, is the question
  CHECK(a.bytes() == 0);              // NOLINT: the same
  CHECK(b.bytes() == 30);
  CHECK(budget.used() == 30);
  Lease c;
  CHECK_FALSE(static_cast<bool>(c));
  c = std::move(b);
  CHECK(c.bytes() == 30);
  CHECK(budget.used() == 30);
  c = Lease();
  CHECK(budget.used() == 0);
  {
    std::vector<Lease> leases;
    for (int i = 0; i < 5; ++i) leases.push_back(budget.reserve(10, {}));
    CHECK(budget.used() == 50);
  }
  CHECK(budget.used() == 0);
}

TEST_CASE("What does not fit waits until it does", "[engine]") {
  const Watchdog watchdog("a waiter");
  MemoryBudget budget(100, 10);
  Lease first = budget.reserve(70, {});
  Lease second = budget.reserve(20, {});
  Waiter waiter(budget, 40);
  CHECK_FALSE(waiter.granted_within(30ms));
  second = Lease();
  CHECK_FALSE(waiter.granted_within(30ms));  // 70 + 40 is still too much
  first = Lease();
  CHECK(waiter.granted_within(10s));
  CHECK(waiter.stop());
}

TEST_CASE("What is larger than the budget runs alone", "[engine]") {
  const Watchdog watchdog("an oversized lease");
  MemoryBudget budget(100, 10);
  Lease small = budget.reserve(1, {});
  Waiter waiter(budget, 1000);
  CHECK_FALSE(waiter.granted_within(30ms));
  small = Lease();
  REQUIRE(waiter.granted_within(10s));
  Waiter next(budget, 1);
  CHECK_FALSE(next.granted_within(30ms));
  CHECK(budget.used() == 1000);
  CHECK(waiter.stop());
}

TEST_CASE("A request of absurd size is not taken for a small one", "[engine]") {
  const Watchdog watchdog("an absurd lease");
  MemoryBudget budget(100, 10);
  const Lease small = budget.reserve(50, {});
  Waiter waiter(budget, std::numeric_limits<std::uint64_t>::max() - 10);
  CHECK_FALSE(waiter.granted_within(30ms));
  CHECK_FALSE(waiter.stop());
  CHECK(budget.used() == 50);
}

TEST_CASE("There are never more leases than allowed, however small", "[engine]") {
  const Watchdog watchdog("a third lease");
  MemoryBudget budget(100, 2);
  Lease a = budget.reserve(1, {});
  const Lease b = budget.reserve(0, {});
  Waiter waiter(budget, 0);
  CHECK_FALSE(waiter.granted_within(30ms));
  a = Lease();
  CHECK(waiter.granted_within(10s));
}

TEST_CASE("A stop wakes who waits, without a lease", "[engine]") {
  const Watchdog watchdog("a stopped waiter");
  MemoryBudget budget(100, 10);
  const Lease all = budget.reserve(100, {});
  Waiter waiter(budget, 1);
  CHECK_FALSE(waiter.granted_within(30ms));
  CHECK_FALSE(waiter.stop());
  CHECK(budget.used() == 100);
}

TEST_CASE("After a stop there are no leases, even where there is room", "[engine]") {
  MemoryBudget budget(100, 10);
  std::stop_source source;
  CHECK(static_cast<bool>(budget.reserve(1, source.get_token())));
  source.request_stop();
  CHECK_FALSE(static_cast<bool>(budget.reserve(1, source.get_token())));
  CHECK(budget.used() == 0);
}

TEST_CASE("The limit holds while many threads come and go", "[engine]") {
  const Watchdog watchdog("many threads at the budget");
  constexpr std::uint64_t kLimit = 1000;
  MemoryBudget budget(kLimit, 6);
  std::atomic<std::uint64_t> held = 0;
  std::atomic<int> out = 0;
  std::atomic<int> alone_broken = 0;
  std::atomic<int> over = 0;
  std::atomic<int> too_many = 0;
  {
    std::vector<std::jthread> threads;
    for (unsigned t = 0; t < 8; ++t) {
      threads.emplace_back([&, t] {
        std::mt19937 random(t);
        for (int i = 0; i < 2000; ++i) {
          const std::uint64_t bytes = random() % 50 == 0 ? kLimit * 3 : random() % 600;
          const Lease lease = budget.reserve(bytes, {});
          const std::uint64_t now = held += lease.bytes();
          const int count = ++out;
          if (bytes > kLimit ? now != bytes || count != 1 : now > kLimit)
            ++(bytes > kLimit ? alone_broken : over);
          if (count > 6) ++too_many;
          if (random() % 8 == 0) std::this_thread::yield();
          held -= bytes;
          --out;
        }
      });
    }
  }
  CHECK(over == 0);
  CHECK(alone_broken == 0);
  CHECK(too_many == 0);
  CHECK(budget.used() == 0);
  CHECK(budget.largest() == 3 * kLimit);
}

}  // namespace
}  // namespace imagemill::testing
