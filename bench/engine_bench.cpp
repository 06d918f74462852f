// The engine's own cost: graphs of nodes that do nothing. time/packet is wall time ÷ (items × nodes
// behind the source). And what threads of a source buy where the disk is slow.
#include <atomic>
#include <chrono>
#include <thread>

#include <benchmark/benchmark.h>

#include "engine/metrics/execution_log.h"
#include "engine/metrics/solo_calibration.h"
#include "engine/run/executor.h"

namespace imagemill::bench {
namespace {

constexpr int kItems = 20'000;
constexpr int kSlowItems = 200;
constexpr std::chrono::milliseconds kLatency(5);

struct Token {
  static constexpr std::string_view kTypeName = "token";
  std::uint64_t value = 0;
  std::size_t byte_size() const { return sizeof value; }
};

struct Count {
  static void describe(NodeSchema<Count>& s) {
    s.summary("Emits numbers.");
    s.resource(Resource::io, 1);
  }
  Result<std::unique_ptr<Cursor>> list() const {
    return cursor_of(std::vector<Entry>(kItems, Entry{.key = "token"}));
  }
  Result<std::optional<Candidate<Token>>> probe(const std::string&) const {
    return Candidate<Token>{{}, []() -> Result<Token> { return Token{1}; }};
  }
};

// A disk that takes its time, and any number of requests.
struct Fetch {
  static void describe(NodeSchema<Fetch>& s) {
    s.summary("Emits numbers slowly.");
    s.resource(Resource::io, 1);
  }
  Result<std::unique_ptr<Cursor>> list() const {
    return cursor_of(std::vector<Entry>(kSlowItems, Entry{.key = "token"}));
  }
  Result<std::optional<Candidate<Token>>> probe(const std::string&) const {
    return Candidate<Token>{{}, []() -> Result<Token> {
                              std::this_thread::sleep_for(kLatency);
                              return Token{1};
                            }};
  }
};

struct Pass {
  static void describe(NodeSchema<Pass>& s) { s.summary("Hands on what it gets."); }
  Result<Token> process(Token token) const { return token; }
};

// Adds up what arrives. Over all sinks of a run; reset between runs.
std::atomic<std::uint64_t> sum = 0;

struct Sum {
  static void describe(NodeSchema<Sum>& s) { s.summary("Adds up what arrives."); }
  Result<Written> process(Token token) const {
    sum += token.value;
    return Written{};
  }
};

const NodeRegistry& registry() {
  static const NodeRegistry types = [] {
    NodeRegistry r;
    r.add<Count>("count");
    r.add<Fetch>("fetch");
    r.add<Pass>("pass");
    r.add<Sum>("sum");
    return r;
  }();
  return types;
}

NodeConfig source(std::string type, int threads) {
  return {.name = "source",
          .type = std::move(type),
          .inputs = {},
          .params = {},
          .concurrency = threads};
}

NodeConfig node(std::string name, std::string type, std::string input, int concurrency = 0) {
  return {.name = std::move(name),
          .type = std::move(type),
          .inputs = {InputConfig(std::move(input))},
          .params = {},
          .concurrency = concurrency};
}

void run(benchmark::State& state, const std::vector<NodeConfig>& configs, Executor& executor,
         int workers, std::uint64_t items, std::uint64_t arrivals) {
  const auto graph = Graph::build(configs, registry());
  RunOptions options;
  options.workers = workers;
  RunObserver nobody;
  const auto once = [&] {
    sum = 0;
    const auto result = executor.run(*graph, options, nobody);
    return result && result->report.items.ok == items && sum == items * arrivals;
  };
  if (!once()) {
    state.SkipWithError("not every packet arrived");
    return;
  }
  for (auto _ : state) once();
  const auto packets = static_cast<double>(state.iterations()) * static_cast<double>(items) *
                       static_cast<double>(configs.size() - 1);
  state.SetItemsProcessed(static_cast<std::int64_t>(packets));
  state.SetBytesProcessed(static_cast<std::int64_t>(packets) *
                          static_cast<std::int64_t>(sizeof(Token)));
  state.counters["time/packet"] =
      benchmark::Counter(packets, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

std::vector<NodeConfig> chain(std::int64_t depth, int concurrency) {
  std::vector<NodeConfig> configs = {source("count", 1)};
  std::string last = "source";
  for (std::int64_t i = 1; i < depth; ++i) {
    const std::string name = "pass" + std::to_string(i);
    configs.push_back(node(name, "pass", last, concurrency));
    last = name;
  }
  configs.push_back(node("sum", "sum", last));
  return configs;
}

void chain_serial(benchmark::State& state) {
  run(state, chain(state.range(0), 0), *make_serial_executor(), 1, kItems, 1);
}
BENCHMARK(chain_serial)
    ->ArgName("depth")
    ->Arg(1)
    ->Arg(4)
    ->Arg(16)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

void chain_flow(benchmark::State& state) {
  run(state, chain(state.range(0), 0), *make_flow_executor(), static_cast<int>(state.range(1)),
      kItems, 1);
}
BENCHMARK(chain_flow)
    ->ArgNames({"depth", "workers"})
    ->ArgsProduct({{1, 4, 16}, {1, 2}})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

// Every node limited to one packet at a time.
void chain_limited(benchmark::State& state) {
  run(state, chain(state.range(0), 1), *make_flow_executor(), 2, kItems, 1);
}
BENCHMARK(chain_limited)
    ->ArgName("depth")
    ->Arg(4)
    ->Arg(16)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

void fan_out(benchmark::State& state) {
  std::vector<NodeConfig> configs = {source("count", 1), node("pass", "pass", "source")};
  for (std::int64_t i = 0; i < state.range(0); ++i)
    configs.push_back(node("sum" + std::to_string(i), "sum", "pass"));
  run(state, configs, *make_flow_executor(), static_cast<int>(state.range(1)), kItems,
      static_cast<std::uint64_t>(state.range(0)));
}
BENCHMARK(fan_out)
    ->ArgNames({"branches", "workers"})
    ->ArgsProduct({{1, 2, 8, 32}, {1, 2}})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

// Chains beside each other, all fed by one source.
void lanes(benchmark::State& state) {
  std::vector<NodeConfig> configs = {source("count", 1)};
  for (std::int64_t lane = 0; lane < state.range(0); ++lane) {
    const std::string number = std::to_string(lane);
    configs.push_back(node("pass" + number, "pass", "source"));
    configs.push_back(node("sum" + number, "sum", "pass" + number));
  }
  run(state, configs, *make_flow_executor(), static_cast<int>(state.range(1)), kItems,
      static_cast<std::uint64_t>(state.range(0)));
}
BENCHMARK(lanes)
    ->ArgNames({"width", "workers"})
    ->ArgsProduct({{1, 4, 16}, {1, 2}})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

// Throughput of a source that waits 5 ms for each item, by its threads.
void slow_source(benchmark::State& state) {
  run(state, {source("fetch", static_cast<int>(state.range(0))), node("sum", "sum", "source")},
      *make_flow_executor(), 2, kSlowItems, 1);
}
BENCHMARK(slow_source)
    ->ArgName("threads")
    ->RangeMultiplier(2)
    ->Range(1, 16)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

// A record of an execution, the write to the disk of every 4,096th included.
void record_visit(benchmark::State& state) {
  ExecutionLog log(1);
  Visit visit;
  visit.end_ns = 1;
  std::uint64_t made = 0;
  for (auto _ : state) {
    visit.item = made++;
    log.add(visit);
  }
  const std::vector<Visit> visits = log.take();
  if (visits.size() + log.lost() != made) state.SkipWithError("records are missing");
  if (log.lost() > 0) state.SkipWithError("there was no disk for them");
}
// A number that fits into memory: take() reads all of them back.
BENCHMARK(record_visit)->Iterations(2'000'000);

// Cost for an execution of the phases at one worker, outside of them.
void take_turn(benchmark::State& state) {
  SoloCalibration phases(1'000'000'000);  // as many executions make a phase that none begins
  for (auto _ : state) benchmark::DoNotOptimize(phases.take_turn());
  if (!phases.finish().empty()) state.SkipWithError("there was a phase");
}
BENCHMARK(take_turn);

}  // namespace
}  // namespace imagemill::bench
