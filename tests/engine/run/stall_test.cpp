// A run that stands still is found out, with what every node was doing.
#include <atomic>
#include <chrono>
#include <thread>

#include "tests/support/catch.h"
#include "tests/support/engine_fixtures.h"
#include "tests/support/watchdog.h"

namespace imagemill::testing {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kGraph = R"(
  read: items
  a: step < read
  b: step < read concurrency=1
  j: join < a:a < b:b
  out: store < j
)";

TEST_CASE("A watchdog tells of a stalled run what each node was doing", "[engine]") {
  World world(3);
  std::atomic<bool> let_go = false;
  std::atomic<bool> stuck = false;
  // The second item never gets out of b; the third waits behind it.
  world.hook = [&](Phase phase, const std::string& node, const std::string& key) -> Result<void> {
    if (phase == Phase::process && node == "b" && key == "001") {
      stuck = true;
      while (!let_go) std::this_thread::sleep_for(1ms);
    }
    return {};
  };
  std::string report;
  std::vector<ProgressCounters::Standing> standings;
  ProgressCounters watch;
  {
    const Watchdog watchdog("an artificial stall", 200ms, &watch, [&](const std::string& text) {
      report = text;
      standings = watch.standings();
      let_go = true;
    });
    RunOptions options;
    options.environment.files = &world;
    options.workers = 2;
    options.watch = &watch;
    const Graph graph = make_graph(kGraph);
    RunObserver observer;
    const auto ran = make_flow_executor()->run(graph, options, observer);
    REQUIRE(ran.has_value());
    CHECK(ran->report.items.ok == 3);
  }
  CHECK(stuck);
  CHECK(report ==
        "watchdog: nothing happens any more: an artificial stall\n"
        "source: 3 entries taken, 3 planned, 3 items admitted, 1 ended\n"
        "b: 1 to come, 1 running, 1 done\n"
        "j: 2 to come, 0 running, 1 done, 2 waiting for their partners\n"
        "out: 2 to come, 0 running, 1 done\n");
  REQUIRE(standings.size() == 5);
  const auto stands = [&](std::size_t i, const char* name, std::vector<std::uint64_t> numbers) {
    CHECK(standings[i].name == name);
    CHECK(std::vector<std::uint64_t>{standings[i].waiting, standings[i].running,
                                     standings[i].done} == numbers);
  };
  stands(0, "read", {0, 0, 3});
  stands(1, "a", {0, 0, 3});
  stands(2, "b", {1, 1, 1});
  stands(3, "j", {0, 0, 1});
  stands(4, "out", {0, 0, 1});
  CHECK(standings[1].limit == 2);
  CHECK(standings[2].limit == 1);
  // Once the run has ended, nothing is left to tell.
  CHECK(watch.describe() == "source: 3 entries taken, 3 planned, 3 items admitted, 3 ended\n");
}

TEST_CASE("A watchdog leaves a run alone that is slow but goes on", "[engine]") {
  World world(20);
  world.hook = [&](Phase phase, const std::string&, const std::string&) -> Result<void> {
    if (phase == Phase::process) std::this_thread::sleep_for(5ms);
    return {};
  };
  std::atomic<int> stalls = 0;
  ProgressCounters watch;
  const Watchdog watchdog("slow", 100ms, &watch, [&](const std::string&) { ++stalls; });
  RunOptions options;
  options.environment.files = &world;
  options.watch = &watch;
  const Graph graph = make_graph(kGraph);
  RunObserver observer;
  REQUIRE(make_serial_executor()->run(graph, options, observer).has_value());
  CHECK(stalls == 0);
}

}  // namespace
}  // namespace imagemill::testing
