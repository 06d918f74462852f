// Predictions beside measurements, of graphs whose stages sleep: any machine has the workers.
#include <chrono>
#include <cmath>
#include <functional>
#include <thread>

#include "graphs/replay/prediction.h"
#include "tests/support/catch.h"
#include "tests/support/engine_fixtures.h"

using namespace imagemill;
using namespace imagemill::testing;

namespace {

using Sleeps = std::map<std::string, double>;  // milliseconds, by node

struct Measured {
  Graph graph;
  Profile profile;
  Recording recording;
};

// Items take between half and one and a half times as long.
Measured measure(const char* lines, const Sleeps& sleeps, int workers, int items,
                 std::uint64_t memory = std::uint64_t{1} << 30) {
  World world(items);
  world.hook = [&](Phase phase, const std::string& node, const std::string& key) -> Result<void> {
    if (phase != Phase::process && phase != Phase::load) return {};
    const auto sleep = sleeps.find(node);
    if (sleep == sleeps.end()) return {};
    const double share = 0.5 + static_cast<double>(std::stoi(key) * 7 % 11) / 10;
    std::this_thread::sleep_for(std::chrono::duration<double, std::milli>(sleep->second * share));
    return {};
  };
  Measured measured{make_graph(lines), {}, {}};
  RunOptions options;
  options.environment.files = &world;
  options.environment.input = "in";
  options.environment.output = "out";
  options.workers = workers;
  options.memory_bytes = memory;
  options.visits = Visits::recorded;
  RunObserver observer;
  auto run = make_flow_executor()->run(measured.graph, options, observer);
  REQUIRE(run);
  measured.profile = make_profile("test", measured.graph, *run);
  measured.recording = make_recording(measured.profile, *run, 2);
  return measured;
}

// Relative, of a prediction from one run to another, of another graph or another number of workers.
double error(const Measured& from, const Measured& to,
             std::uint64_t memory = std::uint64_t{1} << 30) {
  const auto recorded = Replay::make(from.graph, from.recording);
  const auto asked = Replay::make(to.graph, from.recording);
  REQUIRE(recorded);
  REQUIRE(asked);
  const Prediction prediction =
      predict("test", *recorded, *asked, {.workers = {to.profile.workers}, .memory_bytes = memory});
  const double rate = prediction.points.front().images_per_s.value;
  CHECK(prediction.points.front().bounds.front().items_per_s >= rate);
  return rate / to.profile.images_per_s - 1;
}

constexpr double kSynthetic = 0.02;
constexpr double kSixteen = 0.05;

const char* const kChain =
    "read: items\n a: step < read\n b: step < a\n out: store < b concurrency=2";
const Sleeps kChainSleeps = {{"a", 12}, {"b", 6}, {"out", 1}};

// Median of three: a stall of the machine hits one.
double median_error(const std::function<double()>& once) {
  return median({std::abs(once()), std::abs(once()), std::abs(once())});
}

// Error of a replay of the run as recorded.
double self_error(const char* lines, const Sleeps& sleeps, int workers, int items) {
  return median_error([&] {
    const Measured run = measure(lines, sleeps, workers, items);
    return error(run, run);
  });
}

}  // namespace

TEST_CASE("A run that is replayed as it was takes as long", "[timing]") {
  CHECK(self_error(kChain, kChainSleeps, 4, 120) < kSynthetic);
  CHECK(self_error("read: items\n a: step < read concurrency=2\n b: step < a\n out: store < b",
                   kChainSleeps, 4, 120) < kSynthetic);
  CHECK(self_error("read: items\n a: step < read\n b: step < read\n ab: pair < first:a < second:b\n"
                   " c: step < ab concurrency=1\n out: store < c",
                   {{"a", 10}, {"b", 20}, {"c", 8}}, 4, 100) < kSynthetic);
  // Many threads, and no more places than they take.
  CHECK(self_error("read: items\n a: io_step < read concurrency=20\n b: step < a\n out: store < b",
                   kChainSleeps, 2, 200) < kSynthetic);
}

TEST_CASE("Another number of workers is predicted from one run", "[timing]") {
  const auto from_to = [](int from, int to) {
    return median_error([&] {
      return error(measure(kChain, kChainSleeps, from, 80), measure(kChain, kChainSleeps, to, 80));
    });
  };
  CHECK(from_to(1, 4) < kSynthetic);
  CHECK(from_to(4, 1) < kSynthetic);
}

TEST_CASE("Sixteen workers are predicted from one", "[timing]") {
  CHECK(median_error([] {
          return error(measure(kChain, kChainSleeps, 1, 120),
                       measure(kChain, kChainSleeps, 16, 120));
        }) < kSixteen);
  // More than two times short of linear: a stage is at its limit.
  const char* const limited =
      "read: items\n a: step < read\n b: step < a concurrency=3\n out: store < b concurrency=2";
  CHECK(median_error([&] {
          const Measured one = measure(limited, kChainSleeps, 1, 120);
          const Measured sixteen = measure(limited, kChainSleeps, 16, 120);
          CHECK(sixteen.profile.images_per_s < 10 * one.profile.images_per_s);
          return error(one, sixteen);
        }) < kSixteen);
}

TEST_CASE("A limit that is lifted, and less memory, are predicted", "[timing]") {
  const char* const limited =
      "read: items\n a: step < read concurrency=1\n b: step < a\n out: store < b concurrency=2";
  double lifted_by = 0;
  const double lifted = median_error([&] {
    const Measured before = measure(limited, kChainSleeps, 4, 120);
    const Measured after = measure(kChain, kChainSleeps, 4, 120);
    lifted_by = after.profile.images_per_s / before.profile.images_per_s;
    return error(before, after);
  });
  CHECK(lifted < kSynthetic);
  CHECK(lifted_by > 1.5);
  CHECK(median_error([&] {
          return error(measure(kChain, kChainSleeps, 4, 120),
                       measure(limited, kChainSleeps, 4, 120));
        }) < kSynthetic);
  // Room for two items.
  CHECK(median_error([] {
          const Measured plenty = measure(kChain, kChainSleeps, 4, 120);
          const std::uint64_t memory = 2 * plenty.recording.items.front().lease_bytes + 1;
          const Measured little = measure(kChain, kChainSleeps, 4, 120, memory);
          CHECK(little.profile.images_per_s < 0.7 * plenty.profile.images_per_s);
          return error(plenty, little, memory);
        }) < kSynthetic);
}
