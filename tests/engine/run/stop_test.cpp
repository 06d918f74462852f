// Runs that end early: by policy, by a cause outside the items, by a stop token.
#include <atomic>
#include <chrono>
#include <thread>

#include "tests/support/catch.h"
#include "tests/support/engine_fixtures.h"

namespace imagemill::testing {
namespace {

using namespace std::chrono_literals;

TEST_CASE("With on_error: stop, the first failed item stops the run", "[engine]") {
  World world(400);
  world.hook = [](Phase phase, const std::string& node, const std::string& key) -> Result<void> {
    if (phase == Phase::process && node == "a" && key >= "005") return failure("bad", "from 5 on");
    return {};
  };
  for (Settings settings : all_executors()) {
    settings.on_error = OnError::stop;
    const Run ran = run(world, kTwoBranches, settings);
    CHECK(ran.result.ending == Ending::on_error);
    CHECK(ran.result.report.items.failed >= 1);
    CHECK(ran.result.report.items.admitted < 400);
    if (settings.serial) {
      CHECK(ran.result.report.items.ok == 5);
      CHECK(ran.result.report.items.admitted == 6);
    }
  }
}

TEST_CASE("More failures than a limit stop the run, as many do not", "[engine]") {
  World world(400);
  // One in four.
  world.hook = [](Phase phase, const std::string& node, const std::string& key) -> Result<void> {
    if (phase == Phase::process && node == "a" && std::stoi(key) % 4 == 3) {
      return failure("bad", "one in four");
    }
    return {};
  };
  for (Settings settings : all_executors()) {
    const auto ending = [&](const FailureLimit& limit) {
      settings.max_failures = limit;
      const Run ran = run(world, kTwoBranches, settings);
      if (ran.result.ending == Ending::on_error) {
        CHECK(ran.result.report.items.admitted < 400);
        CHECK(ran.result.cause.find("max_failures") != std::string::npos);
      } else {
        CHECK(ran.result.report.items.failed == 100);
      }
      if (settings.serial && ran.result.ending == Ending::on_error) {
        const std::uint64_t most =
            limit.count ? *limit.count : static_cast<std::uint64_t>(*limit.share * 100);
        CHECK(ran.result.report.items.failed == most + 1);
      }
      return ran.result.ending;
    };
    CHECK(ending({.count = 20}) == Ending::on_error);
    CHECK(ending({.count = 0}) == Ending::on_error);
    CHECK(ending({.count = 100}) == Ending::complete);
    CHECK(ending({.share = 0.1}) == Ending::on_error);
    CHECK(ending({.share = 0.5}) == Ending::complete);
  }
}

TEST_CASE("With on_error: skip, failed items never stop the run", "[engine]") {
  World world(50);
  world.hook = [](Phase phase, const std::string&, const std::string&) -> Result<void> {
    if (phase == Phase::process) return failure("bad", "all of them");
    return {};
  };
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, kTwoBranches, settings);
    CHECK(ran.result.ending == Ending::complete);
    CHECK(ran.result.report.items.failed == 50);
  }
}

TEST_CASE("A cause outside the items stops the run and is told", "[engine]") {
  World world(400);
  world.hook = [](Phase phase, const std::string& node, const std::string& key) -> Result<void> {
    if (phase == Phase::process && node == "out1" && key == "003") {
      return failure("disk_full", "no space left", Scope::run);
    }
    return {};
  };
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, kTwoBranches, settings);
    CHECK(ran.result.ending == Ending::outside);
    CHECK(ran.result.cause == "out1: 003: disk_full: no space left");
    CHECK(ran.ended.at("003").outcome == Outcome::failed);
    CHECK(ran.result.report.items.admitted < 400);
  }
}

TEST_CASE("The first of several reasons to stop counts", "[engine]") {
  World world(100);
  world.hook = [](Phase phase, const std::string& node, const std::string&) -> Result<void> {
    if (phase == Phase::process && node == "out1") return failure("disk_full", "full", Scope::run);
    return {};
  };
  for (Settings settings : all_executors()) {
    settings.on_error = OnError::stop;
    std::stop_source source;
    settings.stop = source.get_token();
    const Run ran = run(world, kTwoBranches, settings, [&](const Item&) { source.request_stop(); });
    CHECK(ran.result.ending == Ending::outside);
    CHECK(ran.result.cause.find("disk_full: full") != std::string::npos);
  }
}

TEST_CASE("A stop that was requested before the run admits nothing", "[engine]") {
  World world(20);
  std::stop_source source;
  source.request_stop();
  for (Settings settings : all_executors()) {
    settings.stop = source.get_token();
    const Run ran = run(world, kTwoBranches, settings);
    CHECK(ran.result.ending == Ending::stopped);
    CHECK(ran.result.report.items.admitted == 0);
    CHECK(world.log().empty());
  }
}

TEST_CASE("A stop after the last item changes nothing", "[engine]") {
  World world(20);
  for (Settings settings : all_executors()) {
    std::stop_source source;
    settings.stop = source.get_token();
    const Run ran = run(world, kTwoBranches, settings);
    source.request_stop();
    CHECK(ran.result.ending == Ending::complete);
  }
}

TEST_CASE("An observer may request the stop", "[engine]") {
  World world(400);
  for (Settings settings : all_executors()) {
    std::stop_source source;
    settings.stop = source.get_token();
    int seen = 0;
    const Run ran = run(world, kTwoBranches, settings, [&](const Item&) {
      if (++seen == 5) source.request_stop();
    });
    CHECK(ran.result.ending == Ending::stopped);
    CHECK(ran.result.report.items.ok >= 5);
    CHECK(ran.result.report.items.admitted < 400);
    if (settings.serial) CHECK(ran.result.report.items.admitted == 5);
  }
}

TEST_CASE("Items in flight are cancelled at a stop, and their memory comes back", "[engine]") {
  World world(100);
  for (Settings settings : all_executors()) {
    std::stop_source source;
    settings.stop = source.get_token();
    // The fifth item stops the run from within a node: it still has nodes ahead of it.
    world.hook = [&](Phase phase, const std::string& node, const std::string& key) -> Result<void> {
      if (phase == Phase::process && node == "a" && key == "004") source.request_stop();
      return {};
    };
    const Run ran = run(world, kTwoBranches, settings);
    CHECK(ran.result.ending == Ending::stopped);
    CHECK(ran.ended.at("004").outcome == Outcome::cancelled);
    CHECK(ran.ended.at("004").outputs.empty());
    CHECK(ran.result.report.items.cancelled >= 1);
    CHECK(ran.result.report.items.failed == 0);
  }
}

TEST_CASE("A failed item stays failed when the run is stopped", "[engine]") {
  World world(10);
  for (Settings settings : all_executors()) {
    std::stop_source source;
    settings.stop = source.get_token();
    world.hook = [&](Phase phase, const std::string& node, const std::string& key) -> Result<void> {
      if (phase != Phase::process || node != "a" || key != "002") return {};
      source.request_stop();
      return failure("bad", "and stopped");
    };
    const Run ran = run(world, kTwoBranches, settings);
    CHECK(ran.result.ending == Ending::stopped);
    CHECK(ran.ended.at("002").outcome == Outcome::failed);
  }
}

TEST_CASE("A stop reaches a source that waits for memory", "[engine]") {
  World world(50);
  for (Settings settings : all_executors()) {
    if (settings.serial) continue;  // it never waits
    settings.memory = 1;            // one item at a time
    std::stop_source source;
    settings.stop = source.get_token();
    std::atomic<bool> stopped = false;
    world.hook = [&](Phase phase, const std::string& node, const std::string&) -> Result<void> {
      if (phase != Phase::process || node != "a") return {};
      // Holds the memory until the run is stopped, and a while longer.
      for (int i = 0; i < 5000 && !stopped; ++i) std::this_thread::sleep_for(1ms);
      std::this_thread::sleep_for(2ms);
      return {};
    };
    std::jthread stopper([&] {
      std::this_thread::sleep_for(5ms);
      source.request_stop();
      stopped = true;
    });
    const Run ran =
        run(world, "read: items concurrency=4\n a: step < read\n out: store < a", settings);
    CHECK(ran.result.ending == Ending::stopped);
    CHECK(ran.result.report.items.admitted <= 1);
  }
}

TEST_CASE("A stop at any moment neither hangs nor loses an item", "[engine]") {
  World world(200);
  world.hook = [](Phase phase, const std::string& node, const std::string& key) -> Result<void> {
    if (phase == Phase::process && (key.back() + node.back()) % 5 == 0)
      std::this_thread::sleep_for(100us);
    return {};
  };
  for (int round = 0; round < 40; ++round) {
    Settings settings{.serial = round % 8 == 0,
                      .workers = 1 + round % 4,
                      .memory = round % 3 == 0 ? 2000U : 100'000U};
    std::stop_source source;
    settings.stop = source.get_token();
    std::jthread stopper([&] {
      std::this_thread::sleep_for(std::chrono::microseconds(137 * round));
      source.request_stop();
    });
    const Run ran = run(world, kTwoBranches, settings);
    CHECK((ran.result.ending == Ending::stopped || ran.result.ending == Ending::complete));
  }
}

}  // namespace
}  // namespace imagemill::testing
