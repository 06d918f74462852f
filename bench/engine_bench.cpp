// The engine's own cost: graphs of nodes that do nothing. ns/packet is wall time ÷ (items × nodes
// behind the source).
#include <atomic>

#include <benchmark/benchmark.h>

#include "engine/executor.h"

namespace imagemill::bench {
namespace {

constexpr int kItems = 20'000;

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
    r.add<Pass>("pass");
    r.add<Sum>("sum");
    return r;
  }();
  return types;
}

NodeConfig node(std::string name, std::string type, std::string input, int concurrency = 0) {
  return {.name = std::move(name),
          .type = std::move(type),
          .inputs = {InputConfig(std::move(input))},
          .params = {},
          .concurrency = concurrency};
}

void run(benchmark::State& state, std::vector<NodeConfig> configs, Executor& executor, int workers,
         std::uint64_t arrivals) {
  configs.insert(configs.begin(),
                 {.name = "count", .type = "count", .inputs = {}, .params = {}, .concurrency = 0});
  const auto graph = Graph::build(configs, registry());
  RunOptions options;
  options.workers = workers;
  RunObserver nobody;
  const auto once = [&] {
    sum = 0;
    const auto result = executor.run(*graph, options, nobody);
    return result && result->report.items.ok == kItems && sum == kItems * arrivals;
  };
  if (!once()) {
    state.SkipWithError("not every packet arrived");
    return;
  }
  for (auto _ : state) once();
  const auto packets =
      static_cast<double>(state.iterations()) * kItems * static_cast<double>(configs.size() - 1);
  state.SetItemsProcessed(static_cast<std::int64_t>(packets));
  state.SetBytesProcessed(static_cast<std::int64_t>(packets) *
                          static_cast<std::int64_t>(sizeof(Token)));
  state.counters["ns/packet"] =
      benchmark::Counter(packets * 1e-9, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

std::vector<NodeConfig> chain(std::int64_t depth, int concurrency) {
  std::vector<NodeConfig> configs;
  std::string last = "count";
  for (std::int64_t i = 1; i < depth; ++i) {
    const std::string name = "pass" + std::to_string(i);
    configs.push_back(node(name, "pass", last, concurrency));
    last = name;
  }
  configs.push_back(node("sum", "sum", last));
  return configs;
}

void chain_serial(benchmark::State& state) {
  run(state, chain(state.range(0), 0), *make_serial_executor(), 1, 1);
}
BENCHMARK(chain_serial)
    ->ArgName("depth")
    ->Arg(1)
    ->Arg(4)
    ->Arg(16)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

void chain_flow(benchmark::State& state) {
  run(state, chain(state.range(0), 0), *make_flow_executor(), static_cast<int>(state.range(1)), 1);
}
BENCHMARK(chain_flow)
    ->ArgNames({"depth", "workers"})
    ->ArgsProduct({{1, 4, 16}, {1, 2}})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

// Every node limited to one packet at a time.
void chain_limited(benchmark::State& state) {
  run(state, chain(state.range(0), 1), *make_flow_executor(), 2, 1);
}
BENCHMARK(chain_limited)
    ->ArgName("depth")
    ->Arg(4)
    ->Arg(16)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

void fan_out(benchmark::State& state) {
  std::vector<NodeConfig> configs = {node("pass", "pass", "count")};
  for (std::int64_t i = 0; i < state.range(0); ++i)
    configs.push_back(node("sum" + std::to_string(i), "sum", "pass"));
  run(state, configs, *make_flow_executor(), static_cast<int>(state.range(1)),
      static_cast<std::uint64_t>(state.range(0)));
}
BENCHMARK(fan_out)
    ->ArgNames({"branches", "workers"})
    ->ArgsProduct({{2, 8}, {1, 2}})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
}  // namespace imagemill::bench
