// Statistics that a run reports of its stages.
#include <chrono>
#include <thread>

#include "engine/base/clock.h"
#include "tests/support/catch.h"
#include "tests/support/engine_fixtures.h"

namespace imagemill::testing {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kGraph = R"(
  read: items concurrency=2
  a: step < read bytes=40B
  b: io_step < a concurrency=3
  out: collect < b
)";

TEST_CASE("Stages are reported in topological order with their type, place and concurrency",
          "[engine]") {
  World world(3);
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, kGraph, settings);
    const auto& stages = ran.result.report.stages;
    REQUIRE(stages.size() == 4);
    const auto line = [](const StageStats& s) {
      return s.node + " " + s.type + " " + std::to_string(s.on_workers) + " " +
             std::to_string(s.concurrency);
    };
    const std::string workers = settings.serial ? "1" : std::to_string(settings.workers);
    CHECK(line(stages[0]) == "read items 0 2");
    CHECK(line(stages[1]) == "a step 1 " + workers);
    CHECK(line(stages[2]) == "b io_step 0 3");
    CHECK(line(stages[3]) == "out collect 1 " + workers);
  }
}

TEST_CASE("Every execution is counted, and every byte that came and went", "[engine]") {
  World world(25);
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, kGraph, settings);
    CHECK(ran.stage("read").total.count == 25);
    CHECK(ran.stage("read").total.bytes_in == 0);
    CHECK(ran.stage("read").total.bytes_out == 2500);
    CHECK(ran.stage("a").total.count == 25);
    CHECK(ran.stage("a").total.bytes_in == 2500);
    CHECK(ran.stage("a").total.bytes_out == 1000);
    CHECK(ran.stage("b").total.bytes_in == 1000);
    CHECK(ran.stage("out").total.bytes_in == 1000);
    CHECK(ran.stage("out").total.bytes_out == 25 * std::string("000>a>b").size());
    CHECK(ran.result.report.wall_s > 0);
    CHECK(ran.result.report.images_per_s() == Approx(25 / ran.result.report.wall_s));
    CHECK(ran.result.report.peak_rss_bytes > 1'000'000);
  }
}

TEST_CASE("A node that sleeps has service time and hardly any CPU time", "[engine]") {
  World world(20);
  world.hook = [](Phase phase, const std::string& node, const std::string&) -> Result<void> {
    if (phase == Phase::process && node == "b") std::this_thread::sleep_for(3ms);
    return {};
  };
  for (const Settings& settings : {Settings{.serial = true}, Settings{.workers = 2}}) {
    const Run ran =
        run(world, "read: items\n a: step < read\n b: step < a concurrency=1\n out: store < b",
            settings);
    const StageStats& slow = ran.stage("b");
    CHECK(static_cast<double>(slow.total.service_ns) >= 20 * 3e6);
    CHECK(static_cast<double>(slow.total.cpu_ns) <
          0.3 * static_cast<double>(slow.total.service_ns));
    CHECK(slow.total.service.quantile(0.5) >= 0.003 * 0.94);
    CHECK(slow.total.service.quantile(0.5) < 0.030);
    CHECK(slow.utilisation > 0.5);
    CHECK(slow.utilisation <= 1.001);
    CHECK(ran.stage("a").utilisation < 0.5);
    CHECK(static_cast<double>(ran.stage("a").total.service_ns) < 20 * 3e6);
    CHECK(ran.result.report.wall_s >= 0.060);
    // Packets in front of the slow stage wait for it.
    if (!settings.serial) CHECK(slow.total.queue_wait_ns > 20'000'000);
  }
}

TEST_CASE("A node that works has CPU time", "[engine]") {
  World world(5);
  world.hook = [](Phase phase, const std::string& node, const std::string&) -> Result<void> {
    const std::int64_t end = thread_cpu_ns() + 2'000'000;
    while (phase == Phase::process && node == "a" && thread_cpu_ns() < end) {
    }
    return {};
  };
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, kGraph, settings);
    CHECK(ran.stage("a").total.cpu_ns >= 5 * 2'000'000);
    CHECK(ran.stage("a").total.cpu_ns <= ran.stage("a").total.service_ns + 1'000'000);
  }
}

TEST_CASE("Reading counts as the source's service, waiting for memory does not", "[engine]") {
  World world(10);
  world.hook = [](Phase phase, const std::string&, const std::string&) -> Result<void> {
    if (phase == Phase::probe || phase == Phase::load) std::this_thread::sleep_for(1ms);
    if (phase == Phase::process) std::this_thread::sleep_for(5ms);
    return {};
  };
  const Run ran =
      run(world, "read: items\n out: store < read concurrency=1", {.workers = 1, .memory = 1});
  CHECK(ran.stage("read").total.service_ns >= 20'000'000);
  CHECK(static_cast<double>(ran.stage("read").total.service_ns) * 1e-9 <
        ran.result.report.wall_s * 0.8);
  CHECK(ran.result.report.admission_wait_s >= 0.03);
  CHECK(ran.result.report.admission_wait_s <= ran.result.report.wall_s);
  CHECK(ran.stage("read").total.service.quantile(0.5) >= 0.002 * 0.94);
}

TEST_CASE("Outcomes and errors have names", "[engine]") {
  CHECK(to_string(Outcome::ok) == "ok");
  CHECK(to_string(Outcome::skipped) == "skipped");
  CHECK(to_string(Outcome::failed) == "failed");
  CHECK(to_string(Outcome::cancelled) == "cancelled");
  CHECK(to_string(Error("bad", "why")) == "bad: why");
}

TEST_CASE("An item ends when its last packet does, with the worst outcome", "[engine]") {
  const auto outcome = [](std::vector<Outcome> branches) {
    Item item({}, {});
    item.add_packets(branches.size() - 1);
    for (std::size_t i = 0; i + 1 < branches.size(); ++i) CHECK_FALSE(item.end_packet(branches[i]));
    CHECK(item.end_packet(branches.back()));
    return item.outcome();
  };
  using enum Outcome;
  CHECK(outcome({ok}) == ok);
  CHECK(outcome({skipped, skipped}) == skipped);
  CHECK(outcome({skipped, ok, skipped}) == ok);
  CHECK(outcome({cancelled, ok}) == cancelled);
  CHECK(outcome({ok, failed, cancelled}) == failed);
}

}  // namespace
}  // namespace imagemill::testing
