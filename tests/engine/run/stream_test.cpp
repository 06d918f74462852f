// Items in flight stay bounded, however many items there are and however slow the last node is.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "engine/graph/peak_memory.h"
#include "tests/support/catch.h"
#include "tests/support/engine_fixtures.h"
#include "tests/support/watchdog.h"

namespace imagemill::testing {
namespace {

using namespace std::chrono_literals;

// Counts, and keeps the highest count.
class Level {
 public:
  void up() {
    const int now = ++now_;
    int before = most_;
    while (now > before && !most_.compare_exchange_weak(before, now)) {
    }
  }
  void down() { --now_; }
  int now() const { return now_; }
  int most() const { return most_; }

 private:
  std::atomic<int> now_ = 0;
  std::atomic<int> most_ = 0;
};

// Items in flight that docs/decisions/0002-admission.md allows: 4 a worker and one for each I/O
// thread.
int allowed(const Settings& settings, int io_threads) {
  return settings.serial ? 1 : 4 * settings.workers + io_threads;
}

constexpr std::string_view kUnlimited = R"(
  read: items concurrency=2
  a: step < read bytes=200
  b: step < read
  j: join < a:a < b:b
  cut: split < j parts=3 bytes=40
  c: step < cut
  out: store < c parts=true
)";
constexpr std::string_view kLimited = R"(
  read: items concurrency=2
  a: serial_step < read bytes=200
  b: step < read concurrency=2
  j: serial_join < a:a < b:b
  cut: split < j parts=3 bytes=40 concurrency=1
  c: step < cut concurrency=1
  out: store < c parts=true
)";

TEST_CASE("Behind 10,000 items and a slow sink, memory stays flat", "[engine][long]") {
  World world;
  for (int i = 0; i < 10'000; ++i) world.entries.push_back({.key = std::to_string(i)});
  constexpr std::uint64_t kLease = 100 + 200 + 100 + 100 + 3 * (40 + 40);  // upper bound
  for (const std::string_view graph : {kUnlimited, kLimited}) {
    for (const int workers : {0, 1, 2, 8}) {
      const Settings settings{.serial = workers == 0, .workers = std::max(workers, 1)};
      Level in_flight;
      world.hook = [&](Phase phase, const std::string& node, const std::string& key) {
        if (phase == Phase::load) in_flight.up();
        // The last part of every third item.
        if (phase == Phase::process && node == "out" && key.ends_with("#2") &&
            key[key.size() - 3] % 3 == 0) {
          std::this_thread::sleep_for(10us);
        }
        return Result<void>();
      };
      const Run ran = run(world, graph, settings, [&](const Item&) { in_flight.down(); });
      INFO(describe(settings));
      CHECK(ran.result.report.items.ok == 10'000);
      CHECK(in_flight.now() == 0);
      const int most = allowed(settings, 2 + 2);
      CHECK(in_flight.most() <= most);
      CHECK(ran.result.report.largest_item_bytes <=
            kLease + 400 + 3 * (kBytesAPacket + kBytesAClaim));
      CHECK(world.peak_bytes() <= static_cast<std::uint64_t>(most) * (kLease + 400));
    }
  }
}

TEST_CASE("Behind a slow sink, a small budget bounds what 10,000 items hold", "[engine][long]") {
  World world;
  for (int i = 0; i < 10'000; ++i) world.entries.push_back({.key = std::to_string(i)});
  world.hook = [](Phase phase, const std::string& node, const std::string& key) {
    if (phase == Phase::process && node == "out" && key.ends_with("00#2")) {
      std::this_thread::sleep_for(100us);
    }
    return Result<void>();
  };
  for (const int workers : {1, 2, 8}) {
    const Run ran = run(world, kUnlimited, {.workers = workers, .memory = 3000});
    CHECK(ran.result.report.items.ok == 10'000);
    CHECK(ran.result.report.memory_peak_bytes <= 3000);
    CHECK(world.peak_bytes() <= 3000);
  }
}

// A cursor that makes its keys as it is asked for them.
class Counting final : public Cursor {
 public:
  Counting(std::uint64_t count, std::function<std::string(std::uint64_t)> key)
      : count_(count), key_(std::move(key)) {}
  std::optional<Entry> next() override {
    if (next_ == count_) return {};
    return Entry{.key = key_(next_++)};
  }

 private:
  const std::uint64_t count_;
  const std::function<std::string(std::uint64_t)> key_;
  std::uint64_t next_ = 0;
};

// Counts what it hears.
class Counts : public RunObserver {
 public:
  explicit Counts(std::function<void()> on_ended = {}) : on_ended_(std::move(on_ended)) {}
  void listed(std::uint64_t entries) override { listed_ = entries; }
  void ignored(const std::string&) override { ++ignored_; }
  void ended(const Item&) override {
    ++ended_;
    if (on_ended_) on_ended_();
  }
  std::uint64_t all_ended() const { return ended_ + ignored_; }
  std::uint64_t listed_count() const { return listed_; }

 private:
  std::function<void()> on_ended_;
  std::atomic<std::uint64_t> listed_ = 0;
  std::atomic<std::uint64_t> ignored_ = 0;
  std::atomic<std::uint64_t> ended_ = 0;
};

constexpr std::string_view kChain =
    "read: items concurrency=1\n a: step < read\n b: step < a concurrency=1\n out: collect < b";

std::unique_ptr<Executor> executor_for(const Settings& settings) {
  return settings.serial ? make_serial_executor() : make_flow_executor();
}

TEST_CASE("Few of a million entries are listed ahead of those in flight", "[engine][long]") {
  constexpr std::uint64_t kEntries = 1'000'000;
  for (const int workers : {0, 4}) {
    const Settings settings{.serial = workers == 0, .workers = std::max(workers, 1)};
    INFO(describe(settings));
    const Watchdog watchdog("a million entries");
    World world;
    Counts counts;
    std::atomic<std::uint64_t> ahead = 0;
    // Most of them are no items, so that this takes a second and not a minute.
    world.cursor = [&] {
      return std::make_unique<Counting>(kEntries, [&](std::uint64_t i) {
        ahead = std::max<std::uint64_t>(ahead, i - counts.all_ended());
        return (i % 500 == 0 ? "item" : "no") + std::to_string(i);
      });
    };
    const Graph graph = make_graph(kChain);
    RunOptions options;
    options.environment.files = &world;
    options.workers = settings.workers;
    const auto ran = executor_for(settings)->run(graph, options, counts);
    REQUIRE(ran.has_value());
    CHECK(ran->report.items.ok == kEntries / 500);
    CHECK(ran->report.ignored == kEntries - kEntries / 500);
    CHECK(counts.listed_count() == kEntries);
    // 65,536 are listed ahead, and one waits to be. The reader holds one that it has looked at but
    // not yet admitted.
    CHECK(ahead <= 65'536 + static_cast<std::uint64_t>(allowed(settings, 1) + 2));
    CHECK(world.files().size() == kEntries / 500);
  }
}

TEST_CASE("The first output is written before the source has ended", "[engine]") {
  for (const int workers : {0, 1, 4}) {
    const Settings settings{.serial = workers == 0, .workers = std::max(workers, 1)};
    INFO(describe(settings));
    const Watchdog watchdog("a source that waits for an output");
    World world;
    std::atomic<bool> written = false;
    // Gives five items, and then no more until one of them has been written.
    world.cursor = [&] {
      return std::make_unique<Counting>(20, [&](std::uint64_t i) {
        while (i == 5 && !written) std::this_thread::sleep_for(100us);
        return "item" + std::to_string(i);
      });
    };
    Counts counts([&] { written = world.get("out/item0").has_value(); });
    const Graph graph = make_graph(kChain);
    RunOptions options;
    options.environment.files = &world;
    options.workers = settings.workers;
    const auto ran = executor_for(settings)->run(graph, options, counts);
    REQUIRE(ran.has_value());
    CHECK(ran->report.items.ok == 20);
  }
}

TEST_CASE("A cursor that throws ends the listing, and is an error", "[engine]") {
  World world;
  world.cursor = [] {
    return std::make_unique<Counting>(1000, [](std::uint64_t i) {
      if (i == 7) throw std::runtime_error("the list is gone");
      return "item" + std::to_string(i);
    });
  };
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, kChain, settings);
    CHECK(ran.result.ending == Ending::complete);
    CHECK(ran.result.report.items.ok == 7);
    CHECK(ran.result.report.items.failed == 1);
    CHECK(ran.error(".").message == "unexpected exception: the list is gone");
    CHECK(ran.listed == 8);
  }
}

TEST_CASE("How many entries there are is not told where the listing was stopped", "[engine]") {
  for (Settings settings : all_executors()) {
    INFO(describe(settings));
    std::stop_source source;
    settings.stop = source.get_token();
    World world;
    // The cursor ends when it is stopped, as a folder's does.
    world.cursor = [&] {
      return std::make_unique<Counting>(5, [&](std::uint64_t i) {
        if (i == 4) source.request_stop();
        return "item" + std::to_string(i);
      });
    };
    CHECK(run(world, kChain, settings).listed == 0);
  }
}

}  // namespace
}  // namespace imagemill::testing
