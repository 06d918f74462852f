// Graphs of thousands of nodes: time and memory grow with the nodes, in whatever shape they lie.
#include <chrono>
#include <numeric>

#include <malloc.h>

#include "engine/graph/schedule.h"
#include "engine/metrics/resident_memory.h"
#include "tests/support/catch.h"
#include "tests/support/engine_fixtures.h"
#include "tests/support/watchdog.h"

namespace imagemill::testing {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr int kNodes = 2000;

NodeConfig node(const std::string& name, const std::string& type, const std::string& in) {
  NodeConfig config{.name = name, .type = type, .inputs = {}, .params = {{"label", name}}};
  if (!in.empty()) config.inputs.emplace_back(in);
  return config;
}

// `chains` chains of so many steps between them and a sink each, behind one source.
std::vector<NodeConfig> fan_of_chains(int chains, int steps, const std::string& step) {
  std::vector<NodeConfig> configs = {node("read", "items", "")};
  for (int chain = 0; chain < chains; ++chain) {
    const std::string number = std::to_string(chain);
    std::string last = "read";
    for (int i = 0; i < steps; ++i) {
      const std::string name = "s" + number + "x" + std::to_string(i);
      configs.push_back(node(name, step, last));
      last = name;
    }
    configs.push_back(node("out" + number, "store", last));
  }
  return configs;
}

// A ladder of joins: each takes what the one before it made, and the source's.
std::vector<NodeConfig> ladder(int joins) {
  std::vector<NodeConfig> configs = {node("read", "items", "")};
  std::string last = "read";
  for (int i = 0; i < joins; ++i) {
    const std::string name = "j" + std::to_string(i);
    NodeConfig join = node(name, "join", "");
    join.inputs = {InputConfig("read", "a"), InputConfig(last, "b")};
    configs.push_back(std::move(join));
    last = name;
  }
  configs.push_back(node("out", "store", last));
  return configs;
}

struct Shape {
  std::string name;
  std::vector<NodeConfig> configs;
};

std::vector<Shape> shapes() {
  return {{"a chain", fan_of_chains(1, kNodes - 2, "step")},
          {"a fan", fan_of_chains(kNodes / 2, 1, "step")},
          {"a fan of sinks", fan_of_chains(kNodes - 1, 0, "step")},
          {"a fan of chains", fan_of_chains(40, kNodes / 40 - 2, "step")},
          {"a fan of I/O nodes", fan_of_chains(kNodes / 10, 1, "io_step")},
          {"a ladder of joins", ladder(kNodes - 2)}};
}

Graph built(const std::vector<NodeConfig>& configs) {
  return Graph::build(configs, synthetic_nodes()).value();
}

class ItemsOf final : public RunObserver {
 public:
  std::function<void()> on_ended = [] {};
  void ended(const Item& /*item*/) override { on_ended(); }
};

}  // namespace

TEST_CASE("What is kept for each node and slot grows with the nodes", "[engine]") {
  const auto places = [](int branches) {
    const Graph graph = built(fan_of_chains(branches, 1, "step"));
    const std::vector<SlotRange> slots = schedule_of(graph, 4).slots;
    return std::accumulate(slots.begin(), slots.end(), 0,
                           [](int sum, const SlotRange& range) { return sum + range.count; });
  };
  CHECK(places(100) == 1 + 100 * (4 + 2));
  CHECK(places(1000) == 1 + 1000 * (4 + 2));
}

TEST_CASE("Slots are made when they are first used", "[engine]") {
  PerSlot<int> numbers({10, 3});
  numbers.at(12) = 7;
  CHECK(numbers.at(12) == 7);
  std::vector<int> made;
  numbers.each([&](int number) { made.push_back(number); });
  CHECK(made == std::vector<int>{7});
}

TEST_CASE("Scratch is made anew where memory has run out, and all other is kept", "[engine]") {
  // As many nodes as a thread keeps scratch for.
  constexpr int kScratches = 64;
  World world(10);
  world.hook = [](Phase phase, const std::string& node, const std::string& key) -> Result<void> {
    if (phase == Phase::process && node == "n5" && key == "002") {
      return failure("out_of_memory", "not enough memory");
    }
    return {};
  };
  std::string lines = "read: items\n n0: scratch_step < read\n";
  for (int i = 1; i < kScratches; ++i) {
    lines += " n" + std::to_string(i) + ": scratch_step < n" + std::to_string(i - 1) + "\n";
  }
  const Run ran = run(world, lines + " out: collect < n63", {.serial = true});
  CHECK(ran.result.report.items.ok == 9);
  for (int i = 0; i < kScratches; ++i) {
    CHECK(world.seen("n" + std::to_string(i)).scratches == (i == 5 ? 2 : 1));
  }
}

TEST_CASE("A graph of 2,000 nodes is built and planned at once, in any shape", "[engine][long]") {
  for (const Shape& shape : shapes()) {
    INFO(shape.name);
    const auto start = Clock::now();
    const Graph graph = built(shape.configs);
    CHECK(Clock::now() - start < 2s);
    const auto planned = Clock::now();
    constexpr int kItems = 10;
    for (int i = 0; i < kItems; ++i) {
      const Facts facts{.width = 40, .height = 30, .format = "text", .bytes = 100};
      const auto plans = graph.plan({.index = 0, .key = "a", .facts = facts}).value();
      CHECK(graph.peak_bytes(plans, 8) > 0);
    }
    CHECK(Clock::now() - planned < kItems * 100ms);
  }
}

TEST_CASE("A run of 2,000 nodes holds what it has planned, and stops at once", "[engine][long]") {
  const Watchdog watchdog("a graph of many nodes", 120s);
  for (const Shape& shape : shapes()) {
    INFO(shape.name);
    World world(6);
    const Graph graph = built(shape.configs);
    malloc_trim(0);
    auto resident = ResidentMemory::open();
    if (!resident) return;
    const std::uint64_t before = resident->begin();
    RunOptions options;
    options.environment.files = &world;
    options.workers = 2;
    ItemsOf observer;
    const auto ran = make_flow_executor()->run(graph, options, observer);
    REQUIRE(ran.has_value());
    CHECK(ran->report.items.ok == 6);
    const std::uint64_t held = resident->peak() - before;
    CHECK(held <= ran->report.memory_peak_bytes + (std::uint64_t{64} << 20));

    World again(40);
    options.environment.files = &again;
    std::stop_source stop;
    options.stop = stop.get_token();
    Clock::time_point stopped;
    observer.on_ended = [&] {
      if (stop.request_stop()) stopped = Clock::now();
    };
    const auto interrupted = make_flow_executor()->run(graph, options, observer);
    REQUIRE(interrupted.has_value());
    CHECK(Clock::now() - stopped < 2s);
  }
}

}  // namespace imagemill::testing
