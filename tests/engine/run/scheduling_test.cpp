// Who runs where, how many at once, and how much is in flight.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "tests/support/catch.h"
#include "tests/support/engine_fixtures.h"

namespace imagemill::testing {
namespace {

using namespace std::chrono_literals;

// Waits until `count` threads are here at once, or a while has passed.
class Meeting {
 public:
  explicit Meeting(int count) : count_(count) {}
  void join() {
    ++here_;
    const auto end = std::chrono::steady_clock::now() + 5s;
    while (here_ < count_ && !met_ && std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(100us);
    if (here_ >= count_) met_ = true;
    --here_;
  }
  bool met() const { return met_; }

 private:
  const int count_;
  std::atomic<int> here_ = 0;
  std::atomic<bool> met_ = false;
};

TEST_CASE("A node without a limit runs on all workers at once", "[engine]") {
  World world(24);
  for (const int workers : {2, 3, 8}) {
    Meeting meeting(workers);
    world.hook = [&](Phase phase, const std::string& node, const std::string&) -> Result<void> {
      if (phase == Phase::process && node == "b") meeting.join();
      return {};
    };
    run(world, "read: items\n a: step < read\n b: step < a\n out: collect < b",
        {.workers = workers});
    CHECK(meeting.met());
    CHECK(world.seen("b").most == workers);
    CHECK(world.seen("b").threads.size() <= std::size_t(workers));
  }
}

TEST_CASE("Several nodes run at once, on different items", "[engine]") {
  World world(20);
  Meeting meeting(2);
  world.hook = [&](Phase phase, const std::string& node, const std::string& key) -> Result<void> {
    // "000" waits in the second node for another item in the first.
    if (phase == Phase::process && ((node == "b" && key == "000") || (node == "a" && key > "004")))
      meeting.join();
    return {};
  };
  run(world, "read: items\n a: step < read concurrency=1\n b: serial_step < a\n out: store < b",
      {.workers = 2});
  CHECK(meeting.met());
}

TEST_CASE("I/O threads run at once, beside a single worker", "[engine]") {
  World world(30);
  Meeting readers(3);
  Meeting writers(4);
  world.hook = [&](Phase phase, const std::string& node, const std::string&) -> Result<void> {
    if (phase == Phase::load) readers.join();
    if (phase == Phase::process && node == "out") writers.join();
    return {};
  };
  run(world, "read: items concurrency=3\n a: step < read\n out: store < a concurrency=4",
      {.workers = 1});
  CHECK(readers.met());
  CHECK(writers.met());
}

TEST_CASE("No node runs more often at once than its concurrency", "[engine]") {
  World world(150);
  world.hook = [](Phase phase, const std::string& node, const std::string& key) -> Result<void> {
    if (phase == Phase::process || phase == Phase::load) {
      std::this_thread::sleep_for(
          std::chrono::microseconds((key.back() * 7 + node.back() * 3) % 5 * 40));
    }
    return {};
  };
  for (const Settings& settings : all_executors()) {
    run(world, R"(
      read: items concurrency=3
      a: step < read concurrency=2
      b: serial_step < a
      c: io_step < a concurrency=3
      d: scratch_step < c concurrency=1
      e: step < b
      out1: store < e concurrency=1
      out2: collect < d concurrency=2
      out3: serial_collect < a
    )",
        settings);
    const auto most = [&](const char* node) { return world.seen(node).most; };
    CHECK(most("read") <= 3);
    CHECK(most("a") <= 2);
    CHECK(most("b") == 1);
    CHECK(most("c") <= 3);
    CHECK(most("d") == 1);
    CHECK(most("e") <= settings.workers);
    CHECK(most("out1") == 1);
    CHECK(most("out2") <= 2);
    CHECK(most("out3") == 1);
  }
}

TEST_CASE("I/O nodes run on threads of their own, CPU nodes never on those", "[engine]") {
  World world(100);
  for (const int workers : {1, 2, 8}) {
    run(world, R"(
      read: items concurrency=2
      a: step < read
      b: io_step < a concurrency=3
      c: serial_step < b
      d: step < a
      out1: store < c concurrency=2
      out2: collect < d
    )",
        {.workers = workers});
    std::set<std::thread::id> cpu;
    for (const char* node : {"a", "c", "d", "out2"}) cpu.merge(world.seen(node).threads);
    CHECK(cpu.size() <= std::size_t(workers));
    if (workers == 1) CHECK(cpu == std::set<std::thread::id>{std::this_thread::get_id()});
    std::set<std::thread::id> io;
    std::size_t each = 0;
    for (const auto& [node, threads] :
         {std::pair("read", 2), std::pair("b", 3), std::pair("out1", 2)}) {
      const auto seen = world.seen(node).threads;
      CHECK(seen.size() <= std::size_t(threads));
      each += seen.size();
      io.insert(seen.begin(), seen.end());
    }
    CHECK(io.size() == each);  // no two nodes share one
    CHECK(io.count(std::this_thread::get_id()) == 0);
    for (const auto& id : cpu) CHECK(io.count(id) == 0);
  }
}

TEST_CASE("Scratch is made once for each thread that needs it, and only then", "[engine]") {
  World world(100);
  world.hook = [](Phase phase, const std::string& node, const std::string&) -> Result<void> {
    if (phase == Phase::process && node == "a") return failure("bad", "none reaches b");
    return {};
  };
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, R"(
      read: items
      s: scratch_step < read
      a: step < read
      b: scratch_step < a
      out1: store < s
      out2: store < b
    )",
                        settings);
    const Seen seen = world.seen("s");
    CHECK(seen.scratches == int(seen.threads.size()));
    CHECK(seen.scratches >= 1);
    CHECK(world.seen("b").scratches == 0);
    CHECK(ran.stage("s").total.setup_ns > 0);
  }
}

TEST_CASE("One worker takes an item through all CPU nodes before it starts the next", "[engine]") {
  World world(60);
  run(world, R"(
    read: items concurrency=4
    a: step < read
    b: serial_step < a
    c: step < b concurrency=1
    d: step < c
    out: collect < d
  )",
      {.workers = 1});
  std::vector<std::string> log = world.log();
  std::erase_if(log, [](const std::string& line) { return line.starts_with("read:"); });
  REQUIRE(log.size() == 300);
  for (std::size_t i = 0; i < log.size(); i += 5) {
    const std::string key = log[i].substr(log[i].find(':'));
    for (std::size_t k = 0; k < 5; ++k)
      CHECK(log[i + k] == std::vector{"a", "b", "c", "d", "out"}[k] + key);
  }
}

TEST_CASE("In front of a slow sink, few items are in flight", "[engine]") {
  World world(200);
  std::atomic<int> in_flight = 0;
  std::atomic<int> most = 0;
  world.hook = [&](Phase phase, const std::string& node, const std::string&) -> Result<void> {
    if (phase == Phase::load) {
      const int now = ++in_flight;
      int before = most;
      while (now > before && !most.compare_exchange_weak(before, now)) {
      }
    }
    if (phase == Phase::process && node == "out") std::this_thread::sleep_for(200us);
    return {};
  };
  for (const int workers : {1, 2, 4}) {
    in_flight = 0;
    most = 0;
    run(world,
        "read: items concurrency=3\n a: step < read\n b: step < a\n out: store < b concurrency=2",
        {.workers = workers}, [&](const Item&) { --in_flight; });
    CHECK(in_flight == 0);
    CHECK(most <= 4 * workers + 3 + 2);
    CHECK(most >= 2);
  }
}

TEST_CASE("Where the budget is small, what is in flight is bounded by it", "[engine]") {
  World world(150);
  for (std::size_t i = 0; i < world.entries.size(); ++i)
    world.entries[i].bytes = i % 40 == 7 ? 9000 : 100 + i % 7 * 50;
  world.hook = [](Phase phase, const std::string&, const std::string& key) -> Result<void> {
    if (phase == Phase::process)
      std::this_thread::sleep_for(std::chrono::microseconds(key.back() % 4 * 30));
    return {};
  };
  constexpr std::string_view kGraph =
      "read: items concurrency=4\n a: step < read scratch_bytes=300B\n out: store < a";
  for (const int workers : {1, 2, 8}) {
    const Run ran = run(world, kGraph, {.workers = workers, .memory = 3000});
    const RunReport& report = ran.result.report;
    CHECK(report.memory_limit_bytes == 3000);
    CHECK(report.largest_item_bytes == 18'300);
    CHECK(report.memory_peak_bytes == 18'300);  // alone
    CHECK(world.peak_bytes() <= 18'300);
    CHECK(report.admission_wait_s > 0);
    // Without the large ones, the limit itself holds.
    World small = World(150);
    small.hook = world.hook;
    const Run limited = run(small, kGraph, {.workers = workers, .memory = 1800});
    CHECK(limited.result.report.memory_peak_bytes <= 1800);
    CHECK(limited.result.report.memory_peak_bytes > 500);  // several at once
    CHECK(small.peak_bytes() <= 1800);
  }
}

}  // namespace
}  // namespace imagemill::testing
