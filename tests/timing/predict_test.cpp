// Predictions beside measurements, of graphs whose stages sleep: any machine has the workers.
#include <chrono>
#include <cmath>
#include <thread>

#include "graphs/prediction.h"
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

}  // namespace

TEST_CASE("A run that is replayed as it was takes as long", "[timing]") {
  const Measured chain = measure(kChain, kChainSleeps, 4, 200);
  CHECK(std::abs(error(chain, chain)) < kSynthetic);
  const Measured limited =
      measure("read: items\n a: step < read concurrency=2\n b: step < a\n out: store < b",
              kChainSleeps, 4, 120);
  CHECK(std::abs(error(limited, limited)) < kSynthetic);
  const Measured forked = measure(
      "read: items\n a: step < read\n b: step < read\n ab: pair < first:a < second:b\n c: step < "
      "ab "
      "concurrency=1\n out: store < c",
      {{"a", 10}, {"b", 20}, {"c", 8}}, 4, 150);
  CHECK(std::abs(error(forked, forked)) < kSynthetic);
}

TEST_CASE("Another number of workers is predicted from one run", "[timing]") {
  const Measured one = measure(kChain, kChainSleeps, 1, 100);
  const Measured four = measure(kChain, kChainSleeps, 4, 100);
  CHECK(std::abs(error(one, four)) < kSynthetic);
  CHECK(std::abs(error(four, one)) < kSynthetic);
}

TEST_CASE("Sixteen workers are predicted from one", "[timing]") {
  const Measured one = measure(kChain, kChainSleeps, 1, 200);
  const Measured sixteen = measure(kChain, kChainSleeps, 16, 200);
  CHECK(std::abs(error(one, sixteen)) < kSixteen);
  // More than two times short of linear: a stage is at its limit.
  const char* const limited =
      "read: items\n a: step < read\n b: step < a concurrency=3\n out: store < b concurrency=2";
  const Measured limited_one = measure(limited, kChainSleeps, 1, 150);
  const Measured limited_sixteen = measure(limited, kChainSleeps, 16, 150);
  CHECK(limited_sixteen.profile.images_per_s < 10 * limited_one.profile.images_per_s);
  CHECK(std::abs(error(limited_one, limited_sixteen)) < kSixteen);
}

TEST_CASE("A limit that is lifted, and less memory, are predicted", "[timing]") {
  const Measured limited = measure(
      "read: items\n a: step < read concurrency=1\n b: step < a\n out: store < b concurrency=2",
      kChainSleeps, 4, 120);
  const Measured unlimited = measure(kChain, kChainSleeps, 4, 120);
  CHECK(unlimited.profile.images_per_s > 1.5 * limited.profile.images_per_s);
  CHECK(std::abs(error(limited, unlimited)) < kSynthetic);
  CHECK(std::abs(error(unlimited, limited)) < kSynthetic);

  // Many threads, and no more places than they take.
  const Measured places =
      measure("read: items\n a: io_step < read concurrency=20\n b: step < a\n out: store < b",
              kChainSleeps, 2, 300);
  CHECK(std::abs(error(places, places)) < kSynthetic);

  const std::uint64_t memory = 2 * limited.recording.items.front().lease_bytes + 1;
  const Measured little = measure(kChain, kChainSleeps, 4, 120, memory);
  CHECK(little.profile.images_per_s < 0.7 * unlimited.profile.images_per_s);
  CHECK(std::abs(error(unlimited, little, memory)) < kSynthetic);
}
