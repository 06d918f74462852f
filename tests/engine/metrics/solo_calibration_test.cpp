// Phases at one worker: nobody is beside another then, and no run stands still for them.
#include "engine/metrics/solo_calibration.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <random>
#include <thread>
#include <vector>

#include "engine/base/clock.h"
#include "engine/metrics/run_report.h"
#include "tests/support/catch.h"
#include "tests/support/engine_fixtures.h"
#include "tests/support/watchdog.h"

namespace imagemill::testing {
namespace {

using namespace std::chrono_literals;

double total_s(const std::vector<SoloPhase>& phases) {
  double sum = 0;
  for (const SoloPhase& phase : phases) {
    sum += static_cast<double>(phase.end_ns - phase.begin_ns) * 1e-9;
  }
  return sum;
}

TEST_CASE("In a phase at one worker nobody is beside another", "[engine]") {
  const Watchdog watchdog("turns");
  SoloCalibration phases(3);
  std::atomic<int> inside = 0;
  std::atomic<int> beside = 0;  // one who was told that he is alone
  std::atomic<int> alone = 0;
  const std::int64_t begin = now_ns();
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < 6; ++i) {
      threads.emplace_back([&, i] {
        std::mt19937 dice(i);
        while (now_ns() - begin < 1'000'000'000) {
          const SoloCalibration::Turn turn = phases.take_turn();
          const int others = inside++;
          std::this_thread::sleep_for(std::chrono::microseconds(dice() % 400));
          const bool more = inside > 1;  // before it is asked whether it still is alone
          if (turn.alone()) {
            ++alone;
            if (others > 0 || more) ++beside;
          }
          --inside;
        }
      });
    }
  }
  const double seconds = static_cast<double>(now_ns() - begin) * 1e-9;
  const std::vector<SoloPhase> were = phases.finish();
  CHECK(were.size() > 1);
  CHECK(alone >= 3 * static_cast<int>(were.size() - 1));
  CHECK(beside == 0);
  CHECK(total_s(were) < 0.2 * seconds);
  for (std::size_t i = 1; i < were.size(); ++i) CHECK(were[i].begin_ns > were[i - 1].end_ns);
}

TEST_CASE("Whatever an execution takes, phases take no more than a tenth of the time", "[engine]") {
  const Watchdog watchdog("a long turn");
  SoloCalibration phases(2);
  const std::int64_t begin = now_ns();
  std::atomic<bool> over = false;
  std::jthread rare([&] {
    while (!over) {
      {
        const SoloCalibration::Turn turn = phases.take_turn();
        std::this_thread::sleep_for(400ms);
      }
      std::this_thread::sleep_for(100ms);
    }
  });
  int turns = 0;
  while (now_ns() - begin < 2'000'000'000) {
    const SoloCalibration::Turn turn = phases.take_turn();
    std::this_thread::sleep_for(1ms);
    ++turns;
  }
  const double seconds = static_cast<double>(now_ns() - begin) * 1e-9;
  over = true;
  rare.join();
  const std::vector<SoloPhase> were = phases.finish();
  CHECK_FALSE(were.empty());
  CHECK(total_s(were) < 0.15 * seconds);
  CHECK(turns > 1000);
}

TEST_CASE("A phase in which nobody has anything to do ends with its time", "[engine]") {
  SoloCalibration phases(1);
  const std::int64_t begin = now_ns();
  // One worker, at work for a tenth of the time.
  while (now_ns() - begin < 1'500'000'000) {
    {
      const SoloCalibration::Turn turn = phases.take_turn();
      std::this_thread::sleep_for(1ms);
    }
    std::this_thread::sleep_for(9ms);
  }
  const double seconds = static_cast<double>(now_ns() - begin) * 1e-9;
  const std::vector<SoloPhase> were = phases.finish();
  CHECK_FALSE(were.empty());
  CHECK(total_s(were) < 0.2 * seconds);
}

TEST_CASE("A run goes on through phases at one worker, and its records tell them", "[engine]") {
  constexpr std::string_view kGraph = R"(
    read: items concurrency=2
    a: step < read
    b: step < a concurrency=1
    c: io_step < a
    j: join < a:b < b:c
    out: store < j
  )";
  const int workers = GENERATE(1, 2, 5);
  World world(600);
  world.hook = [&](Phase phase, const std::string&, const std::string&) -> Result<void> {
    if (phase == Phase::process) std::this_thread::sleep_for(500us);
    return {};
  };
  const Graph graph = make_graph(kGraph);
  ProgressCounters watch;
  const Watchdog watchdog("calibrated", 10s, &watch);
  RunOptions options;
  options.environment.files = &world;
  options.workers = workers;
  options.memory_bytes = 3000;
  options.visits = Visits::recorded;
  options.calibration = Calibration::solo_phases;
  options.watch = &watch;
  RunObserver observer;
  const auto ran = make_flow_executor()->run(graph, options, observer);
  REQUIRE(ran.has_value());
  CHECK(ran->report.items.ok == 600);
  if (workers == 1) {
    CHECK(ran->solo.empty());
    return;
  }
  CHECK_FALSE(ran->solo.empty());
  const auto on_worker = [&](const Visit& visit) {
    return visit.kind == Visit::Kind::work && visit.slot < workers;
  };
  std::size_t alone = 0;
  for (const Visit& visit : ran->visits) {
    if (!visit.alone) continue;
    ++alone;
    CHECK(on_worker(visit));
    const auto in_it = [&](const SoloPhase& phase) {
      return visit.start_ns >= phase.begin_ns && visit.end_ns <= phase.end_ns;
    };
    CHECK(std::any_of(ran->solo.begin(), ran->solo.end(), in_it));
    for (const Visit& other : ran->visits) {
      if (&other == &visit || !on_worker(other)) continue;
      if (other.start_ns < visit.end_ns && other.end_ns > visit.start_ns) {
        FAIL_CHECK("one who is alone has another beside him");
      }
    }
  }
  CHECK(alone >= 4);
}

}  // namespace
}  // namespace imagemill::testing
