// One-to-many nodes: each part for itself, numbered, and all of them one item.
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>

#include "engine/graph/peak_memory.h"
#include "tests/support/catch.h"
#include "tests/support/engine_fixtures.h"

namespace imagemill::testing {
namespace {

using namespace std::chrono_literals;

// Sleeps by hash, so that parts overtake each other.
Result<void> shuffle(Phase phase, const std::string& node, const std::string& key) {
  if (phase != Phase::process) return {};
  std::this_thread::sleep_for(
      std::chrono::microseconds(std::hash<std::string>()(node + key) % 4 * 40));
  return {};
}

TEST_CASE("Each part goes its way and is written, and the item is one", "[engine]") {
  World world(20);
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, R"(
      read: items
      cut: split < read parts=5
      a: step < cut in_place=true
      out: store < a parts=true
    )",
                        settings);
    CHECK(ran.result.report.items.ok == 20);
    CHECK(world.files().size() == 100);
    CHECK(world.get("out/003.0") == "003#0>a");
    CHECK(world.get("out/003.4") == "003#4>a");
    CHECK(ran.ended.at("003").outputs.size() == 5);
    CHECK(ran.stage("cut").total.count == 20);
    CHECK(ran.stage("cut").total.bytes_out == 20 * 5 * 100);
    CHECK(ran.stage("a").total.count == 100);
    CHECK(ran.stage("a").total.bytes_in == 20 * 5 * 100);
  }
}

TEST_CASE("Parts that overtake each other are paired by number", "[engine]") {
  World world(12);
  world.hook = shuffle;
  for (const Settings& settings : all_executors()) {
    run(world, R"(
      read: items
      cut: split < read parts=7
      a: step < cut
      b: io_step < cut concurrency=3
      c: step < a concurrency=2
      j: join3 < a:c < b:b < c:cut
      k: join < a:j < b:c
      out: store < k parts=true
    )",
        settings);
    REQUIRE(world.files().size() == 84);
    for (const auto& entry : world.entries) {
      for (int i = 0; i < 7; ++i) {
        const std::string n = std::to_string(i);
        const std::string part = entry.key + "#" + n;
        CHECK(world.get("out/" + entry.key + "." + n) ==
              "((" + part + ">a>c+" + part + ">b+" + part + ")>j+" + part + ">a>c)>k");
      }
    }
  }
}

TEST_CASE("Parts of two nodes are paired, if they are as many", "[engine]") {
  World world(12);
  world.hook = shuffle;
  for (const Settings& settings : all_executors()) {
    run(world, R"(
      read: items
      cut: split < read parts=4
      a: step < read
      cut2: io_split < a parts=4
      j: join < a:cut < b:cut2
      out: store < j parts=true
    )",
        settings);
    CHECK(world.get("out/003.2") == "(003#2+003>a#2)>j");
  }
}

TEST_CASE("Different numbers of parts at a join fail the item before it is read", "[engine]") {
  World world(3);
  world.entries[0].bytes = 4;  // of which both make one part
  world.entries[1].bytes = 5;
  world.entries[2].bytes = 7;
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, R"(
      read: items
      cut: split < read parts=2 vary=true
      cut2: split < read parts=4 vary=true
      j: join < a:cut < b:cut2
      out: store < j parts=true
    )",
                        settings);
    CHECK(ran.result.ending == Ending::complete);
    CHECK(ran.result.report.items.ok == 2);  // 4 % 2 == 4 % 4, 5 % 2 == 5 % 4
    CHECK(ran.error("002").code == "unequal_parts");
    CHECK(ran.error("002").node == "j");
    CHECK(world.seen("read").calls == 2);
  }
}

TEST_CASE("A node that makes another number of parts than it planned fails its item", "[engine]") {
  World world(20);
  for (const int wrong : {-3, -1, 1, 5}) {
    for (const Settings& settings : all_executors()) {
      const Run ran = run(world,
                          R"(
        read: items
        cut: split < read parts=3 wrong=)" +
                              std::to_string(wrong) + R"(
        a: step < cut
        j: join < a:a < b:cut
        out: store < j parts=true
        out2: store < read
      )",
                          settings);
      CHECK(ran.result.ending == Ending::complete);
      CHECK(ran.result.report.items.failed == 20);
      CHECK(ran.error("003").code == "internal");
      CHECK(ran.error("003").node == "cut");
      CHECK(world.seen("a").calls == 0);
      CHECK(ran.stage("cut").total.failed == 20);
      CHECK(world.files().size() == 20);  // the other branch's
    }
  }
}

TEST_CASE("A part that fails fails its item once, and the other parts go on", "[engine]") {
  World world(10);
  world.hook = [](Phase phase, const std::string& node, const std::string& key) -> Result<void> {
    if (phase == Phase::process && node == "a" && key == "003#2") return failure("bad", "no");
    return {};
  };
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, R"(
      read: items
      cut: split < read parts=4
      a: step < cut
      j: join < a:a < b:cut
      out: store < j parts=true
    )",
                        settings);
    CHECK(ran.result.report.items.ok == 9);
    CHECK(to_string(ran.error("003")) == "a: 003: bad: no");
    CHECK(ran.ended.at("003").outputs.size() == 3);
    CHECK(world.get("out/003.2") == std::nullopt);
  }
}

TEST_CASE("An item of which a node makes no parts goes no further there", "[engine]") {
  World world(6);
  for (const Settings& settings : all_executors()) {
    const Run alone = run(world, R"(
      read: items
      a: step < read
      cut: split < a parts=0
      b: step < cut
      out: store < b parts=true
    )",
                          settings);
    CHECK(alone.result.report.items.skipped == 6);
    CHECK(world.seen("read").calls == 0);
    const Run beside = run(world, R"(
      read: items
      a: step < read
      cut: split < a parts=0
      cut2: split < a parts=3
      j: join < a:cut < b:cut2
      k: join < a:cut2 < b:cut
      out1: store < j parts=true
      out2: store < k parts=true
      out3: store < read
    )",
                           settings);
    CHECK(beside.result.report.items.ok == 6);
    CHECK(world.files().size() == 6);
    CHECK(world.seen("a").calls == 0);
  }
}

TEST_CASE("A choice behind parts sends all of them one way", "[engine]") {
  World world(6);
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, R"(
      read: items
      cut: split < read parts=3
      pick: route < cut outputs=x:~2,y:~3
      out1: store < pick.x parts=true
      out2: store < pick.y parts=true
    )",
                        settings);
    CHECK(ran.result.report.items.ok == 2);
    CHECK(ran.result.report.items.skipped == 4);
    CHECK(world.files().size() == 6);
    CHECK(world.get("out2/003.1") == "003#1");
  }
}

TEST_CASE("Parts are part of the lease, all of them at once", "[engine]") {
  World world(3);
  for (const Settings& settings : all_executors()) {
    // 100 read, beside 4 × 30 cut; of each part 50 made, beside it while a worker does so. On one
    // thread the first is the most.
    const Run ran = run(world, R"(
      read: items
      cut: split < read parts=4 bytes=30
      a: step < cut bytes=50
      out: store < a parts=true
    )",
                        settings);
    const auto workers = static_cast<std::uint64_t>(std::min(settings.workers, 4));
    CHECK(ran.ended.at("001").lease_bytes ==
          4 * (kBytesAPacket + kBytesAClaim) +
              (settings.serial ? 100 + 4 * 30 : 4 * 50 + 30 * workers));
    CHECK(world.peak_of("001") >= 100 + 4 * 30);
  }
}

TEST_CASE("On one thread, one part is written at a time", "[engine]") {
  World world(1);
  // 100 × 30 cut; of one of them 50 made, and 200 held meanwhile.
  const Run ran = run(world, R"(
    read: items
    cut: split < read parts=100 bytes=30
    a: step < cut bytes=50
    b: io_step < a in_place=true scratch_bytes=200
    out: store < b parts=true
  )",
                      {.serial = true});
  CHECK(ran.ended.at("000").lease_bytes ==
        100 * (kBytesAPacket + kBytesAClaim) + 99 * 30 + 50 + 200);
}

TEST_CASE("Thousands of parts of one item meet at a join in good time", "[engine][long]") {
  World world(1);
  for (const Settings& settings : {Settings{.serial = true}, Settings{.workers = 2}}) {
    const Run ran = run(world, R"(
      read: items
      cut: split < read parts=20000 bytes=1
      a: step < cut concurrency=1
      j: join < a:a < b:cut
      out: collect < j parts=true
    )",
                        settings);
    CHECK(ran.result.report.items.ok == 1);
    CHECK(ran.result.report.wall_s < 5);
  }
}

TEST_CASE("A stop in the middle of parts and joins neither hangs nor loses an item", "[engine]") {
  World world(60);
  world.hook = shuffle;
  const std::vector<Settings> executors = all_executors();
  for (int round = 0; round < 60; ++round) {
    Settings settings = executors[static_cast<std::size_t>(round) % executors.size()];
    settings.memory = round % 3 == 0 ? 3000U : 1U << 20;
    std::stop_source source;
    settings.stop = source.get_token();
    std::jthread stopper([&] {
      std::this_thread::sleep_for(std::chrono::microseconds(151 * round));
      source.request_stop();
    });
    const Run ran = run(world, R"(
      read: items concurrency=2
      cut: split < read parts=5
      a: io_step < cut
      b: serial_step < cut
      j: join < a:a < b:b
      whole: step < read
      cut2: split < whole parts=5
      k: join3 < a:j < b:cut2 < c:a
      out: store < k parts=true
      out2: collect < j parts=true
    )",
                        settings);
    CHECK((ran.result.ending == Ending::stopped || ran.result.ending == Ending::complete));
  }
}

}  // namespace
}  // namespace imagemill::testing
