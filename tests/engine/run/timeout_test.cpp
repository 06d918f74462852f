// Work that takes too long, or never comes back.
#include <atomic>
#include <chrono>
#include <thread>

#include "engine/files/entry_cursor.h"
#include "engine/resume/journal.h"
#include "tests/support/catch.h"
#include "tests/support/engine_fixtures.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/watchdog.h"

namespace imagemill::testing {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kMillisecond = 1'000'000;
constexpr std::string_view kGraph =
    "read: items\n a: io_step < read concurrency=3\n out: store < a";

// One item is stuck until the test lets it go.
class Stuck {
 public:
  explicit Stuck(World& world, Phase where = Phase::process) {
    world.hook = [this, where](Phase phase, const std::string& node,
                               const std::string& key) -> Result<void> {
      if (phase != where || key != "003" || (phase == Phase::process && node != "a")) return {};
      has_begun_ = true;
      while (!released_) std::this_thread::sleep_for(1ms);
      return {};
    };
  }
  void release() { released_ = true; }
  // Returns once the item is stuck.
  void wait() const {
    while (!has_begun_) std::this_thread::sleep_for(1ms);
  }

 private:
  std::atomic<bool> has_begun_ = false;
  std::atomic<bool> released_ = false;
};

TEST_CASE("An item that is stuck is reported, and the run ends without it", "[engine]") {
  for (const Phase where : {Phase::process, Phase::load}) {
    World world(12);
    Stuck stuck(world, where);
    Settings settings{.workers = 2, .item_timeout_ns = 100 * kMillisecond};
    std::atomic<int> calls = 0;
    RunResult abandoned;
    settings.abandoned = [&](RunResult result) {
      ++calls;
      abandoned = std::move(result);
      stuck.release();
    };
    const std::string graph =
        "read: items concurrency=2\n a: io_step < read concurrency=3\n"
        " out: store < a";
    const auto ran = try_run(world, make_graph(graph), settings);
    REQUIRE(ran);
    CHECK(calls == 1);
    CHECK(abandoned.ending == Ending::complete);
    CHECK(abandoned.report.items.ok == 11);
    CHECK(abandoned.report.items.failed == 1);
    CHECK(ran->ended.at("003").outcome == Outcome::failed);
    CHECK(ran->error("003").code == "timeout");
    // The stuck item came back after all, and was not counted again.
    CHECK(ran->result.report.items.ok == 11);
  }
}

TEST_CASE("A stage that is stuck as a whole stops the run", "[engine]") {
  World world(12);
  Stuck stuck(world);
  Settings settings{.workers = 2, .item_timeout_ns = 100 * kMillisecond};
  RunResult abandoned;
  settings.abandoned = [&](RunResult result) {
    abandoned = std::move(result);
    stuck.release();
  };
  const auto ran =
      try_run(world, make_graph("read: items\n a: io_step < read concurrency=1\n out: store < a"),
              settings);
  REQUIRE(ran);
  CHECK(abandoned.ending == Ending::outside);
  CHECK(abandoned.cause.find("all threads of 'a' are stuck") != std::string::npos);
  const ItemCounts& items = abandoned.report.items;
  CHECK(items.failed == 1);
  CHECK(items.ended() == items.admitted);
}

TEST_CASE("An item that is stuck and holds the memory stops the run", "[engine]") {
  // The next one is the last, or not.
  for (const int items : {5, 6}) {
    World world(items);
    Stuck stuck(world);
    // One item at a time.
    Settings settings{.workers = 2, .memory = 1, .item_timeout_ns = 100 * kMillisecond};
    RunResult abandoned;
    settings.abandoned = [&](RunResult result) {
      abandoned = std::move(result);
      stuck.release();
    };
    const auto ran = try_run(world, make_graph(kGraph), settings);
    REQUIRE(ran);
    CHECK(abandoned.ending == Ending::outside);
    CHECK(abandoned.cause == "a stuck item holds the memory");
    CHECK(abandoned.report.items.ok == 3);
    CHECK(abandoned.report.items.failed == 1);
    CHECK(abandoned.report.items.admitted == 4);
  }
}

TEST_CASE("A run does not end without an entry that is looked at", "[engine]") {
  World world(5);
  std::atomic<bool> is_stuck = true;
  world.hook = [&](Phase phase, const std::string& node, const std::string& key) -> Result<void> {
    // Slow, but not late.
    if (phase == Phase::probe && key == "004") std::this_thread::sleep_for(800ms);
    while (phase == Phase::process && node == "a" && key == "003" && is_stuck) {
      std::this_thread::sleep_for(1ms);
    }
    return {};
  };
  Settings settings{.workers = 2, .item_timeout_ns = 600 * kMillisecond};
  RunResult abandoned;
  settings.abandoned = [&](RunResult result) {
    abandoned = std::move(result);
    is_stuck = false;
  };
  const auto ran = try_run(world, make_graph(kGraph), settings);
  REQUIRE(ran);
  CHECK(abandoned.ending == Ending::complete);
  CHECK(abandoned.report.items.ok == 4);
  CHECK(abandoned.report.items.failed == 1);
}

TEST_CASE("A stop does not wait for who does not come back", "[engine]") {
  for (const Settings& executor : all_executors()) {
    World world(40);
    Stuck stuck(world);
    Settings settings = executor;
    std::stop_source source;
    settings.stop = source.get_token();
    RunResult abandoned;
    std::chrono::steady_clock::time_point asked;
    std::chrono::steady_clock::duration took{};
    settings.abandoned = [&](RunResult result) {
      took = std::chrono::steady_clock::now() - asked;
      abandoned = std::move(result);
      stuck.release();
    };
    std::jthread stopper([&] {
      stuck.wait();
      asked = std::chrono::steady_clock::now();
      source.request_stop();
    });
    const auto ran = try_run(world, make_graph(kGraph), settings);
    REQUIRE(ran);
    CHECK(abandoned.ending == Ending::stopped);
    CHECK(took < 2s);
    CHECK(abandoned.report.items.cancelled >= 1);
    CHECK(abandoned.report.items.ended() == abandoned.report.items.admitted);
  }
}

TEST_CASE("A stopped run that neither works nor ends is given up", "[engine]") {
  World world(5);
  RunOptions options;
  options.environment.files = &world;
  options.workers = 2;
  std::stop_source source;
  options.stop = source.get_token();
  std::atomic<bool> is_lost = true;
  // Called between two entries, where the lister does not count as working.
  options.takes = [&](const std::string& key) {
    if (key == "003") source.request_stop();
    while (key == "003" && is_lost) std::this_thread::sleep_for(1ms);
    return true;
  };
  std::optional<RunResult> abandoned;
  options.abandoned = [&](RunResult result) {
    abandoned = std::move(result);
    is_lost = false;
  };
  const Graph graph = make_graph(kGraph);
  RunObserver observer;
  const Watchdog watchdog("a stopped run that is lost");
  REQUIRE(make_flow_executor()->run(graph, options, observer));
  REQUIRE(abandoned);
  CHECK(abandoned->ending == Ending::stopped);
  CHECK(abandoned->report.items.ended() == abandoned->report.items.admitted);
}

TEST_CASE("Who waits long is not late", "[engine]") {
  World world(30);
  world.hook = [](Phase phase, const std::string& node, const std::string&) -> Result<void> {
    if (phase == Phase::process && node == "a") std::this_thread::sleep_for(10ms);
    return {};
  };
  const auto ran =
      try_run(world, make_graph("read: items\n a: io_step < read concurrency=1\n out: store < a"),
              {.workers = 4, .item_timeout_ns = 100 * kMillisecond});
  REQUIRE(ran);
  CHECK(ran->result.report.items.ok == 30);
}

class StuckCursor final : public Cursor {
 public:
  explicit StuckCursor(const std::atomic<bool>& is_stuck) : is_stuck_(is_stuck) {}
  std::optional<Entry> next() override {
    while (is_stuck_) std::this_thread::sleep_for(1ms);
    return {};
  }

 private:
  const std::atomic<bool>& is_stuck_;
};

TEST_CASE("A run that cannot begin does not wait for a listing that is stuck", "[engine]") {
  for (Settings settings : all_executors()) {
    INFO(describe(settings));
    World world;
    std::atomic<bool> is_stuck = true;
    world.cursor = [&] { return std::make_unique<StuckCursor>(is_stuck); };
    RunResult abandoned;
    settings.abandoned = [&](RunResult result) {
      abandoned = std::move(result);
      is_stuck = false;
    };
    const TemporaryFolder folder;
    auto journal = Journal::open(folder / "no folder" / "journal", Journal::Earlier::read);
    REQUIRE(journal);
    settings.journal = journal->get();
    const auto ran = try_run(world, make_graph(kGraph), settings);
    REQUIRE_FALSE(ran);
    CHECK(ran.error().message.find("cannot write the journal") != std::string::npos);
    CHECK(abandoned.ending == Ending::outside);
    CHECK(abandoned.cause == ran.error().message);
  }
}

class SlowDisk final : public FaultyFileSystem {
 public:
  explicit SlowDisk(std::function<void()> wait) : wait_(std::move(wait)) {}
  Result<std::unique_ptr<Disk>> disk(const std::filesystem::path& folder) const override {
    wait_();
    return FaultyFileSystem::disk(folder);
  }

 private:
  const std::function<void()> wait_;
};

TEST_CASE("A stop does not wait for an output folder that does not answer", "[engine]") {
  for (const bool is_journal : {false, true}) {
    INFO(is_journal);
    World world(3);
    std::atomic<bool> is_stuck = true;
    const auto wait = [&] {
      while (is_stuck) std::this_thread::sleep_for(1ms);
    };
    if (!is_journal) {
      world.fold = [&](const std::string& path) {
        wait();
        return path;
      };
    }
    const SlowDisk disk(wait);
    const TemporaryFolder folder;
    auto journal = Journal::open(folder / "journal", Journal::Earlier::read, disk);
    REQUIRE(journal);
    std::stop_source source;
    Settings settings{.stop = source.get_token()};
    if (is_journal) settings.journal = journal->get();
    RunResult abandoned;
    settings.abandoned = [&](RunResult result) {
      abandoned = std::move(result);
      is_stuck = false;
    };
    std::jthread stopper([&] {
      std::this_thread::sleep_for(50ms);
      source.request_stop();
    });
    const auto ran = try_run(world, make_graph(kGraph), settings);
    REQUIRE(ran);
    CHECK(abandoned.ending == Ending::stopped);
    CHECK(ran->result.ending == Ending::stopped);
  }
}

// For ThreadSanitizer: nobody waits for another here, so that nothing but the engine orders what
// its threads do. Items that are late come back by themselves, while the monitor gives others up.
TEST_CASE("Items are given up while their threads come back", "[engine]") {
  for (const bool is_serial : {true, false}) {
    World world(is_serial ? 3 : 12);
    world.hook = [](Phase phase, const std::string&, const std::string& key) -> Result<void> {
      if (phase == Phase::load) std::this_thread::sleep_for(640ms + 10ms * std::stoi(key));
      return {};
    };
    const TemporaryFolder folder;
    Settings settings{.serial = is_serial, .pool = !is_serial, .workers = 2};
    settings.item_timeout_ns = 100 * kMillisecond;
    auto journal = Journal::open(folder / "journal", Journal::Earlier::dropped);
    REQUIRE(journal);
    settings.journal = journal->get();
    const auto ran =
        try_run(world, make_graph("read: items concurrency=12\n a: step < read\n out: store < a"),
                settings);
    REQUIRE(ran);
    const ItemCounts& items = ran->result.report.items;
    CHECK(items.failed > 0);
    CHECK(items.ended() == items.admitted);
  }
}

TEST_CASE("A run that is given up is told of while others of its threads come back", "[engine]") {
  World world(12);
  std::atomic<bool> is_released = false;
  world.hook = [&](Phase phase, const std::string& node, const std::string& key) -> Result<void> {
    if (phase != Phase::process || node != "a") return {};
    if (key == "003") {
      while (!is_released) std::this_thread::sleep_for(1ms);
    } else {
      std::this_thread::sleep_for(400ms * (1 + std::stoi(key) % 3) + 1200ms);
    }
    return {};
  };
  Settings settings{.pool = true, .workers = 8};
  std::stop_source source;
  settings.stop = source.get_token();
  settings.abandoned = [&](const RunResult& result) {
    CHECK(result.report.items.ended() == result.report.items.admitted);
    CHECK(result.report.stages.size() == 3);
    // Others come back meanwhile.
    std::this_thread::sleep_for(1s);
    is_released = true;
  };
  std::jthread stopper([&] {
    std::this_thread::sleep_for(50ms);
    source.request_stop();
  });
  const auto ran = try_run(
      world, make_graph("read: items concurrency=2\n a: step < read\n out: store < a"), settings);
  REQUIRE(ran);
  CHECK(ran->result.ending == Ending::stopped);
}

}  // namespace
}  // namespace imagemill::testing
