// Replays of runs that are made up: what they take is known.
#include "graphs/replay/replay.h"

#include <random>

#include "graphs/replay/prediction.h"
#include "tests/support/catch.h"
#include "tests/support/engine_fixtures.h"

using namespace imagemill;
using namespace imagemill::testing;

namespace {

constexpr std::uint64_t kPlenty = std::uint64_t{1} << 40;

// Time of an execution of each node, in milliseconds, by its name; the part's number is 0.
using Takes = std::map<std::string, double>;

Recording recording_of(const Graph& graph, std::size_t items, const Takes& takes,
                       std::uint64_t lease_bytes = 1) {
  Recording recording;
  recording.workers = recording.cpus = 1;
  recording.run_items = items;
  for (const GraphNode& node : graph.nodes()) {
    recording.stages.push_back({.node = node.name, .contention = {}});
  }
  for (std::size_t i = 0; i < items; ++i) {
    Recording::Item& item = recording.items.emplace_back();
    item.admitted = true;
    item.lease_bytes = lease_bytes;
    for (std::size_t node = 0; node < graph.nodes().size(); ++node) {
      const auto found = takes.find(graph.nodes()[node].name);
      if (found == takes.end()) continue;
      ++item.visits;
      recording.visits.push_back({static_cast<std::uint16_t>(node), 0, found->second * 1e-3, 1});
    }
  }
  return recording;
}

double wall_ms(const Graph& graph, const Recording& recording, ReplayOptions options) {
  if (options.memory_bytes == 0) options.memory_bytes = kPlenty;
  const auto replay = Replay::make(graph, recording);
  REQUIRE(replay);
  return replay->run(options).wall_s * 1e3;
}

double wall_ms(const char* lines, std::size_t items, const Takes& takes, ReplayOptions options) {
  const Graph graph = make_graph(lines);
  return wall_ms(graph, recording_of(graph, items, takes), std::move(options));
}

}  // namespace

TEST_CASE("Workers share what there is to do", "[graphs]") {
  const char* const lines = "read: items\n a: step < read\n out: store < a";
  const Takes takes = {{"read", 0}, {"a", 10}, {"out", 0}};
  for (const int workers : {1, 2, 5, 20}) {
    CAPTURE(workers);
    CHECK(wall_ms(lines, 100, takes, {.workers = workers}) == Approx(1000.0 / workers));
  }
}

TEST_CASE("A replayed stage keeps to its limit", "[graphs]") {
  CHECK(wall_ms("read: items\n a: step < read concurrency=2\n out: store < a", 100,
                {{"read", 0}, {"a", 10}, {"out", 0}}, {.workers = 8}) == Approx(500));
  // One after the other, and the last one through the other stage.
  CHECK(wall_ms("read: items\n a: step < read concurrency=1\n b: step < a\n out: store < b", 50,
                {{"read", 0}, {"a", 10}, {"b", 30}, {"out", 0}}, {.workers = 8}) == Approx(530));
}

TEST_CASE("Replayed threads of a stage's own work beside the workers", "[graphs]") {
  CHECK(wall_ms("read: items\n a: step < read\n out: store < a concurrency=1", 100,
                {{"read", 1}, {"a", 10}, {"out", 20}}, {.workers = 4}) == Approx(2011));
  CHECK(wall_ms("read: items\n a: step < read\n out: store < a", 100,
                {{"read", 15}, {"a", 10}, {"out", 1}}, {.workers = 4}) == Approx(1511));
}

TEST_CASE("Replayed items wait for memory, and for places", "[graphs]") {
  const Graph graph = make_graph("read: items\n a: step < read\n out: store < a");
  const Takes takes = {{"read", 2}, {"a", 10}, {"out", 3}};
  const Recording recording = recording_of(graph, 40, takes, 60);
  CHECK(wall_ms(graph, recording, {.workers = 4, .memory_bytes = 119}) == Approx(40 * 15));
  CHECK(wall_ms(graph, recording, {.workers = 4, .memory_bytes = 10}) == Approx(40 * 15));
  CHECK(wall_ms(graph, recording, {.workers = 4, .memory_bytes = 120}) <= 40 * 15 / 2 + 15);
  // 2 for the worker, one for the reader, 50 for the threads: 53 are in flight. Who waits is woken
  // when a third of the places is free.
  const Takes slow = {{"read", 0}, {"a", 1}, {"out", 0}};
  const Graph wide =
      make_graph("read: items\n w: io_step < read concurrency=50\n out: collect < w");
  const Recording waits = recording_of(wide, 530, {{"read", 0}, {"w", 100}, {"out", 0}});
  CHECK(wall_ms(wide, waits, {.workers = 1}) == Approx(12 * 100));
}

TEST_CASE("A replayed join waits for its partner", "[graphs]") {
  const char* const lines =
      "read: items\n a: step < read\n b: step < read\n ab: pair < first:a < second:b\n"
      " out: store < ab";
  const Takes takes = {{"read", 0}, {"a", 10}, {"b", 30}, {"ab", 5}, {"out", 0}};
  CHECK(wall_ms(lines, 1, takes, {.workers = 2}) == Approx(35));
  CHECK(wall_ms(lines, 1, takes, {.workers = 1}) == Approx(45));
  CHECK(wall_ms(lines, 20, takes, {.workers = 1}) == Approx(900));
}

TEST_CASE("Executions take longer beside others, by what was measured", "[graphs]") {
  const Graph graph = make_graph("read: items\n a: step < read\n out: store < a");
  Recording recording = recording_of(graph, 100, {{"read", 0}, {"a", 11}, {"out", 0}});
  recording.cpus = 8;
  recording.stages[1].contention = {0.1, 0.05, 0.15};
  CHECK(wall_ms(graph, recording, {.workers = 1}) == Approx(1100));
  CHECK(wall_ms(graph, recording, {.workers = 2}) == Approx(605));
  CHECK(wall_ms(graph, recording, {.workers = 4}) == Approx(100 * 11 * 1.3 / 4));
  CHECK(wall_ms(graph, recording, {.workers = 4, .contending = 2}) == Approx(100 * 11 * 1.1 / 4));
  // Recorded beside another execution, these take 10 ms alone.
  for (Recording::Visit& visit : recording.visits) {
    if (visit.node == 1) visit.busy_workers = 2;
  }
  CHECK(wall_ms(graph, recording, {.workers = 1}) == Approx(1000));
  CHECK(wall_ms(graph, recording, {.workers = 2}) == Approx(550));
  CHECK(wall_ms(graph, recording, {.workers = 1, .contention = {0, 0, 0}}) == Approx(1100));
}

TEST_CASE("Workers share the CPUs as far as they compute", "[graphs]") {
  const Graph graph = make_graph("read: items\n a: step < read\n out: store < a");
  Recording recording = recording_of(graph, 100, {{"read", 0}, {"a", 10}, {"out", 0}});
  CHECK(wall_ms(graph, recording, {.workers = 4, .cpus = 2}) == Approx(500));
  recording.stages[1].cpu_share = 0;
  CHECK(wall_ms(graph, recording, {.workers = 4, .cpus = 2}) == Approx(250));
}

TEST_CASE("What is faster, and what begins a run, counts", "[graphs]") {
  const Graph graph = make_graph("read: items\n a: step < read\n out: store < a");
  Recording recording = recording_of(graph, 100, {{"read", 0}, {"a", 10}, {"out", 0}});
  Recording faster = recording;
  scale_service(faster, 1, 0.8);
  CHECK(wall_ms(graph, faster, {.workers = 2}) == Approx(400));
  recording.lead_in_s = 0.020;
  recording.lead_out_s = 0.003;
  recording.stages[1].setup_s = 0.007;
  CHECK(wall_ms(graph, recording, {.workers = 2}) == Approx(500 + 20 + 3 + 7));
  recording.wake_s = 0.001;  // once: then there is always something to go on with
  CHECK(wall_ms(graph, recording, {.workers = 2}) == Approx(500 + 20 + 3 + 7 + 1));
}

TEST_CASE("The recording of another graph is refused", "[graphs]") {
  const Graph graph = make_graph("read: items\n a: step < read\n out: store < a");
  const Graph other = make_graph("read: items\n b: step < read\n out: store < b");
  const Recording recording = recording_of(graph, 3, {{"read", 0}, {"a", 1}, {"out", 0}});
  CHECK_FALSE(Replay::make(other, recording));
  // An execution that no recorded execution feeds.
  CHECK_FALSE(Replay::make(graph, recording_of(graph, 3, {{"read", 0}, {"out", 0}})));
}

namespace {

// A run of a graph with everything in it, as it was.
RunResult run_of(World& world, const Graph& graph, int workers) {
  RunOptions options;
  options.environment.files = &world;
  options.environment.input = "in";
  options.environment.output = "out";
  options.workers = workers;
  options.visits = Visits::recorded;
  RunObserver observer;
  auto run = make_flow_executor()->run(graph, options, observer);
  REQUIRE(run);
  return std::move(*run);
}

const char* const kEverything =
    "read: items concurrency=2\n"
    " size: route < read outputs=small:<60,large:\n"
    " a: step < size.small\n"
    " b: io_step < size.large\n"
    " cut: split < b parts=3 vary=true\n"
    " c: step < cut concurrency=1\n"
    " d: step < cut\n"
    " cd: pair < first:c < second:d\n"
    " out: store < a path={stem}\n"
    " parts: store < cd path={stem}.{number}";

}  // namespace

TEST_CASE("Everything that was recorded is replayed once, in order, within limits", "[graphs]") {
  World world(40);
  std::mt19937 random(7);
  for (auto& entry : world.entries) entry.bytes = 20 + random() % 100;
  world.entries[5].ignored = true;
  world.hook = [](Phase phase, const std::string& node, const std::string& key) -> Result<void> {
    if (phase == Phase::process && node == "d" && key.starts_with("01")) {
      return failure("test", "fails");
    }
    return {};
  };
  world.index_entries();
  const Graph graph = make_graph(kEverything);
  RunResult run = run_of(world, graph, 2);
  const Profile profile = make_profile("test", graph, run);
  Recording recording = make_recording(profile, run, 4);
  CHECK(recording.items.size() == 40);
  CHECK_FALSE(recording.items[5].admitted);
  // Times that tell orders apart.
  for (Recording::Visit& visit : recording.visits) {
    visit.service_s = 1e-3 * static_cast<double>(1 + random() % 9);
  }
  const auto replay = Replay::make(graph, recording);
  REQUIRE(replay);

  std::uint64_t lease = 0;
  for (const Recording::Item& item : recording.items) lease = std::max(lease, item.lease_bytes);
  for (const int workers : {1, 3, 8}) {
    for (const std::uint64_t memory : {lease, 4 * lease, kPlenty}) {
      CAPTURE(workers, memory);
      const ReplayOptions options{.workers = workers, .memory_bytes = memory};
      const RunResult replayed = replay->recorded(options);
      CHECK(replayed.report.memory_peak_bytes <= memory);
      using Execution = std::tuple<std::uint64_t, int, std::uint32_t>;
      std::map<Execution, Visit> seen;
      for (const Visit& visit : replayed.visits) {
        if (visit.kind != Visit::Kind::work) continue;
        CHECK(seen.emplace(Execution(visit.item, visit.node, visit.part), visit).second);
        CHECK(visit.ready_ns <= visit.start_ns);
      }
      CHECK(seen.size() == recording.visits.size());
      const Profile again = make_profile("test", graph, replayed);
      CHECK(again.timeline.busy_s() + again.timeline.idle_s() ==
            Approx(again.worker_seconds()).margin(1e-6));
      for (const StageProfile& stage : again.stages) {
        CAPTURE(stage.node);
        const int limit = stage.limit > 0 ? stage.limit : workers;
        CHECK(stage.times.at_once_s.size() <= static_cast<std::size_t>(limit) + 1);
      }
      // No execution begins before those that feed it have ended.
      for (const auto& [execution, visit] : seen) {
        const auto& [item, node, part] = execution;
        for (const GraphNode::Source& input :
             graph.nodes()[static_cast<std::size_t>(node)].inputs) {
          for (const std::uint32_t of : {part, 0U}) {
            const auto before = seen.find({item, static_cast<int>(input.node), of});
            if (before == seen.end()) continue;
            CHECK(before->second.end_ns <= visit.ready_ns);
            break;
          }
        }
      }
      // No replay exceeds a bound.
      const double rate = 39 / replayed.report.wall_s;
      for (const Bound& bound : bounds_of(*replay, options)) {
        CHECK(rate <= bound.items_per_s * (1 + 1e-9));
      }
    }
  }
}

TEST_CASE("More workers, or higher limits, never lower a bound", "[graphs]") {
  const Graph graph = make_graph("read: items\n a: step < read concurrency=3\n out: store < a");
  const Recording recording = recording_of(graph, 50, {{"read", 1}, {"a", 10}, {"out", 2}});
  const auto replay = Replay::make(graph, recording);
  REQUIRE(replay);
  double before = 0;
  for (int workers = 1; workers < 20; ++workers) {
    const auto bounds = bounds_of(*replay, {.workers = workers, .memory_bytes = kPlenty});
    CHECK(bounds.front().items_per_s >= before);
    before = bounds.front().items_per_s;
  }
  CHECK(before == Approx(300));
}
