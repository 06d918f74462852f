// No two items write one path, and which of them may is decided in the source's order.
#include <algorithm>
#include <chrono>
#include <thread>

#include "tests/support/catch.h"
#include "tests/support/engine_fixtures.h"

namespace imagemill::testing {
namespace {

// Delays the probes and loads of some items, others with each seed.
auto stagger(unsigned seed) {
  return [seed](Phase phase, const std::string&, const std::string& key) -> Result<void> {
    if (phase == Phase::probe || phase == Phase::load) {
      const std::size_t dice =
          std::hash<std::string>()(key + std::to_string(seed * 31 + int(phase))) % 8;
      if (dice < 3) std::this_thread::sleep_for(std::chrono::microseconds(100 * dice));
    }
    return {};
  };
}

TEST_CASE("Two items with one output: the later in the source's order fails and names both",
          "[engine]") {
  World world;
  for (const char* key : {"a.jpg", "a.png", "b.jpg", "c.jpg", "c.png", "c.webp"})
    world.entries.push_back({.key = key});
  for (const Settings& settings : all_executors()) {
    const Run ran =
        run(world, "read: items concurrency=8\n a: step < read\n out: store < a path={stem}.txt",
            settings);
    CHECK(ran.result.report.items.ok == 3);
    CHECK(ran.result.report.items.failed == 3);
    CHECK(to_string(ran.error("a.png")) ==
          "out: a.png: output_conflict: its output 'a.txt' clashes with that of 'a.jpg'");
    CHECK(ran.error("c.png").message == "its output 'c.txt' clashes with that of 'c.jpg'");
    CHECK(ran.error("c.webp").message == "its output 'c.txt' clashes with that of 'c.jpg'");
    CHECK(world.get("a.txt") == "a.jpg>a");
    CHECK(world.seen("read").calls == 3);  // the losers are not even read
  }
}

TEST_CASE("Who wins a path does not depend on which probe or read was quick", "[engine]") {
  World world;
  for (int i = 0; i < 60; ++i) {
    world.entries.push_back(
        {.key = "folder" + std::to_string(i) + "/" + std::to_string(i % 12) + ".jpg"});
  }
  std::map<std::string, std::string> expected;
  for (unsigned seed = 0; seed < 40; ++seed) {
    world.hook = stagger(seed);
    const Run ran =
        run(world, "read: items concurrency=8\n a: step < read\n out: collect < a path={name}",
            {.serial = seed == 0, .workers = 2, .memory = seed % 2 == 0 ? 1U : 1'000'000U});
    CHECK(ran.result.report.items.ok == 12);
    CHECK(ran.result.report.items.failed == 48);
    for (int i = 12; i < 60; ++i) {
      const std::string name = std::to_string(i % 12) + ".jpg";
      const Error& error = ran.error("folder" + std::to_string(i) + "/" + name);
      CHECK(error.message == "its output '" + name + "' clashes with that of 'folder" +
                                 std::to_string(i % 12) + "/" + name + "'");
    }
    if (seed == 0) expected = world.files();
    CHECK(world.files() == expected);
  }
}

TEST_CASE("An item that cannot be probed or planned claims nothing", "[engine]") {
  World world;
  for (const char* key : {"a.jpg", "a.png"}) world.entries.push_back({.key = key});
  world.hook = [](Phase phase, const std::string&, const std::string& key) -> Result<void> {
    if (phase == Phase::probe && key == "a.jpg") return failure("not_an_image", "no");
    return {};
  };
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, "read: items\n out: store < read path={stem}", settings);
    CHECK(ran.error("a.jpg").code == "not_an_image");
    CHECK(world.get("a") == "a.png");
  }
}

TEST_CASE("Two sinks that would write one path fail the item", "[engine]") {
  World world(3);
  for (const Settings& settings : all_executors()) {
    const Run ran =
        run(world,
            "read: items\n out1: store < read path=x/{name}\n out2: store < read path=./x//{name}",
            settings);
    CHECK(ran.result.report.items.failed == 3);
    CHECK(to_string(ran.error("001")) ==
          "out2: 001: output_conflict: its output 'x/001' clashes with another of its own");
  }
}

TEST_CASE("An output that is a folder of another's fails the later, however it is run",
          "[engine]") {
  World world;
  for (const char* key : {"a.jpg", "a/1.jpg", "a/2.jpg", "b/1.jpg", "b.jpg"})
    world.entries.push_back({.key = key});
  for (unsigned seed = 0; seed < 20; ++seed) {
    world.hook = stagger(seed);
    const Run ran = run(world, "read: items concurrency=8\n out: collect < read path={dir}/{stem}",
                        {.serial = seed == 0, .workers = 3});
    CHECK(ran.result.report.items.ok == 2);
    CHECK(ran.error("a/1.jpg").message == "its output 'a/1' clashes with that of 'a.jpg'");
    CHECK(ran.error("a/2.jpg").message == "its output 'a/2' clashes with that of 'a.jpg'");
    CHECK(ran.error("b.jpg").message == "its output 'b' clashes with that of 'b/1.jpg'");
  }
}

TEST_CASE("An item that fails over one of its paths holds none of the others", "[engine]") {
  World world;
  for (const char* key : {"x/a.jpg", "y/a.jpg", "y/b.jpg"}) world.entries.push_back({.key = key});
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world,
                        "read: items\n one: collect < read path=one/{stem}\n "
                        "two: collect < read path=two/{dir}x",
                        settings);
    CHECK(ran.result.report.items.ok == 2);
    CHECK(ran.error("y/a.jpg").message == "its output 'one/a' clashes with that of 'x/a.jpg'");
  }
}

TEST_CASE("Items are admitted in the source's order, whatever number of threads reads",
          "[engine]") {
  World world(80);
  for (auto& entry : world.entries) entry.bytes = 1 + entry.key.back() % 3 * std::uint64_t{40};
  for (unsigned seed = 1; seed < 10; ++seed) {
    world.hook = stagger(seed);
    // One item at a time: they are read in the order in which they were admitted.
    run(world, "read: items concurrency=8\n out: collect < read", {.workers = 3, .memory = 1});
    std::vector<std::string> reads;
    for (const auto& line : world.log()) {
      if (line.starts_with("read:")) reads.push_back(line.substr(5));
    }
    CHECK(reads.size() == 80);
    CHECK(std::is_sorted(reads.begin(), reads.end()));
  }
}

}  // namespace
}  // namespace imagemill::testing
