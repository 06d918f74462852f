// Both executors give the same outputs, whatever the schedule.
#include "tests/support/catch.h"
#include "tests/support/engine_fixtures.h"

namespace imagemill::testing {
namespace {

using Files = std::map<std::string, std::string>;

constexpr std::string_view kChain = R"(
  read: items concurrency=2
  a: step < read
  b: serial_step < a
  c: io_step < b
  out: store < c
)";

constexpr std::string_view kFanOut = R"(
  read: items concurrency=3
  base: step < read in_place=true
  left: step < base in_place=true
  left2: step < left in_place=true concurrency=1
  middle: io_step < base in_place=true
  right: scratch_step < base in_place=true
  out_left: store < left2
  out_middle: collect < middle
  out_right: serial_collect < right
)";

TEST_CASE("A chain hands each item through its nodes in order, under both executors", "[engine]") {
  World world(40);
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, kChain, settings);
    CHECK(ran.result.ending == Ending::complete);
    CHECK(ran.result.report.items.ok == 40);
    CHECK(ran.listed == 40);
    REQUIRE(world.files().size() == 40);
    CHECK(world.get("out/000") == "000>a>b>c");
    CHECK(world.get("out/039") == "039>a>b>c");
    CHECK(ran.ended.at("017").outputs.front().path == "out/017");
  }
}

TEST_CASE("Outputs do not depend on workers or budget", "[engine]") {
  World world(30);
  for (auto& entry : world.entries) entry.bytes = 10 + entry.key.back() * std::uint64_t{7};
  run(world, kFanOut, {.serial = true});
  const Files expected = world.files();
  REQUIRE(expected.size() == 90);
  CHECK(expected.at("out_left/005") == "005>base>left>left2");
  CHECK(expected.at("out_middle/005") == "005>base>middle");
  CHECK(expected.at("out_right/005") == "005>base>right");
  for (const std::uint64_t memory : {1, 500, 3000, 1 << 30}) {
    for (Settings settings : all_executors()) {
      settings.memory = memory;
      const Run ran = run(world, kFanOut, settings);
      CHECK(ran.result.report.items.ok == 30);
      CHECK(world.files() == expected);
    }
  }
}

TEST_CASE("A branch that works in place never shows in its siblings", "[engine]") {
  // The branches start together, so that one changes what the others are about to read if it can.
  World world(60);
  world.hook = [](Phase phase, const std::string& node, const std::string&) -> Result<void> {
    if (phase == Phase::process && node.front() == 'b') {
      std::this_thread::sleep_for(std::chrono::microseconds(node == "b2" ? 300 : 50));
    }
    return {};
  };
  for (const Settings& settings : all_executors()) {
    run(world, R"(
      read: items
      b1: step < read in_place=true
      b2: step < read in_place=true
      b3: io_step < read in_place=true
      deep: step < b2 in_place=true
      out1: store < b1
      out2: store < deep
      out3: store < b3
    )",
        settings);
    Files expected;
    for (const auto& entry : world.entries) {
      expected["out1/" + entry.key] = entry.key + ">b1";
      expected["out2/" + entry.key] = entry.key + ">b2>deep";
      expected["out3/" + entry.key] = entry.key + ">b3";
    }
    CHECK(world.files() == expected);
  }
}

TEST_CASE("A chain that works in place needs one buffer an item", "[engine]") {
  World world(10);
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, R"(
      read: items
      a: step < read in_place=true
      b: step < a in_place=true
      out: collect < b
    )",
                        settings);
    CHECK(ran.ended.at("003").lease_bytes == 100);
    CHECK(world.peak_of("003") == 100);
  }
}

TEST_CASE("A payload of another type goes from node to node as well", "[engine]") {
  World world(5);
  for (const Settings& settings : all_executors()) {
    const Run ran =
        run(world, "read: items\n length: measure < read\n out: file_number < length", settings);
    CHECK(world.get("out/003") == "3");
    CHECK(ran.stage("length").total.bytes_out == 5 * 8);
  }
}

TEST_CASE("An empty source is a complete run", "[engine]") {
  World world;
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, kFanOut, settings);
    CHECK(ran.result.ending == Ending::complete);
    CHECK(ran.result.report.items.admitted == 0);
    CHECK(ran.listed == 0);
    CHECK(ran.result.report.images_per_s() == 0);
  }
}

TEST_CASE("A single item runs, with more readers and workers than that", "[engine]") {
  World world(1);
  for (const Settings& settings : all_executors()) {
    CHECK(run(world, kFanOut, settings).result.report.items.ok == 1);
  }
}

TEST_CASE("Entries that are no items are counted and reported, and nothing else", "[engine]") {
  World world(20);
  for (std::size_t i = 0; i < 20; i += 3) world.entries[i].ignored = true;
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, kChain, settings);
    CHECK(ran.result.ending == Ending::complete);
    CHECK(ran.listed == 20);
    CHECK(ran.result.report.ignored == 7);
    CHECK(ran.result.report.items.admitted == 13);
    const std::set<std::string> ignored(ran.ignored.begin(), ran.ignored.end());
    CHECK(ignored == std::set<std::string>{"000", "003", "006", "009", "012", "015", "018"});
    CHECK(world.files().count("out/003") == 0);
  }
}

TEST_CASE("A graph can be run again, by the other executor as well", "[engine]") {
  World world(10);
  const Graph graph = make_graph(kFanOut);
  for (const Settings& settings : all_executors()) {
    for (int again = 0; again < 2; ++again) {
      world.clear();
      const auto ran = try_run(world, graph, settings);
      REQUIRE(ran.has_value());
      CHECK(ran->result.report.items.ok == 10);
      CHECK(world.files().size() == 30);
    }
  }
}

TEST_CASE("The serial executor ends items in the source's order, on the calling thread",
          "[engine]") {
  World world(12);
  const Run ran = run(world, kFanOut, {.serial = true});
  std::vector<std::string> keys;
  for (const auto& entry : world.entries) keys.push_back(entry.key);
  CHECK(ran.order == keys);
  const std::set<std::thread::id> here = {std::this_thread::get_id()};
  for (const char* node : {"read", "base", "middle", "right", "out_left", "out_middle"}) {
    INFO(node);
    CHECK(world.seen(node).threads == here);
    CHECK(world.seen(node).most == 1);
  }
}

TEST_CASE("A thousand items with random delays all end, whatever the schedule", "[engine]") {
  World world;
  for (int i = 0; i < 1000; ++i) {
    world.entries.push_back(
        {.key = std::to_string(i), .bytes = 50 + i * std::uint64_t{7919} % 400});
  }
  run(world, kFanOut, {.serial = true});
  const Files expected = world.files();
  std::uint64_t seed = 0;
  world.hook = [&seed](Phase phase, const std::string& node,
                       const std::string& key) -> Result<void> {
    const std::size_t dice = std::hash<std::string>()(std::to_string(seed) + node + key) % 64;
    if (phase == Phase::process && dice < 8) {
      std::this_thread::sleep_for(std::chrono::microseconds(10 * dice));
    }
    return {};
  };
  for (const int workers : {1, 3, 8}) {
    ++seed;
    const Run ran = run(world, kFanOut, {.workers = workers, .memory = 20'000});
    CHECK(ran.result.report.items.ok == 1000);
    CHECK(world.files() == expected);
  }
}

}  // namespace
}  // namespace imagemill::testing
