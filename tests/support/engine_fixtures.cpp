#include "tests/support/engine_fixtures.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <sstream>

#include "tests/support/catch.h"
#include "tests/support/watchdog.h"

namespace imagemill::testing {

void Gauge::add(std::uint64_t bytes) {
  const std::uint64_t now = live_ += bytes;
  std::uint64_t peak = peak_;
  while (now > peak && !peak_.compare_exchange_weak(peak, now)) {
  }
  if (whole_ != nullptr) whole_->add(bytes);
}

void Gauge::subtract(std::uint64_t bytes) {
  live_ -= bytes;
  if (whole_ != nullptr) whole_->subtract(bytes);
}

World::World(const std::vector<std::string>& keys) {
  for (const std::string& key : keys) entries.push_back({.key = key});
}

World::World(int count) {
  for (int i = 0; i < count; ++i) {
    char key[16];
    std::snprintf(key, sizeof key, "%03d", i);
    entries.push_back({.key = key});
  }
}

Seen World::seen(const std::string& node) const {
  const std::lock_guard lock(mutex_);
  const auto found = seen_.find(node);
  return found == seen_.end() ? Seen() : found->second;
}

std::vector<std::string> World::log() const {
  const std::lock_guard lock(mutex_);
  return log_;
}

std::uint64_t World::peak_of(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = gauges_.find(key);
  return found == gauges_.end() ? 0 : found->second->peak();
}

std::uint64_t World::live_bytes() const {
  const std::lock_guard lock(mutex_);
  return total_->live();
}

std::uint64_t World::peak_bytes() const {
  const std::lock_guard lock(mutex_);
  return total_->peak();
}

void World::clear() {
  const std::lock_guard lock(mutex_);
  seen_.clear();
  log_.clear();
  gauges_.clear();
  total_ = std::make_shared<Gauge>();
  shared_scratch_ = false;
  clear_files();
}

World::Visit::Visit(World& world, const std::string& node, const std::string& key)
    : world_(world), node_(node) {
  const std::lock_guard lock(world_.mutex_);
  Seen& seen = world_.seen_[node];
  ++seen.calls;
  seen.most = std::max(seen.most, ++seen.active);
  seen.threads.insert(std::this_thread::get_id());
  world_.log_.push_back(node + ":" + key);
}

World::Visit::~Visit() {
  const std::lock_guard lock(world_.mutex_);
  --world_.seen_[node_].active;
}

Result<void> World::ask(Phase phase, const std::string& node, const std::string& key) const {
  return hook ? hook(phase, node, key) : Result<void>();
}

std::shared_ptr<Gauge> World::gauge(const std::string& key) {
  const std::lock_guard lock(mutex_);
  auto& gauge = gauges_[key];
  if (gauge == nullptr) gauge = std::make_shared<Gauge>(total_);
  return gauge;
}

void World::count_scratch(const std::string& node) {
  const std::lock_guard lock(mutex_);
  ++seen_[node].scratches;
}

std::vector<NodeConfig> parse_graph(std::string_view lines) {
  std::vector<NodeConfig> configs;
  std::istringstream text{std::string(lines)};
  for (std::string line; std::getline(text, line);) {
    std::istringstream words(line);
    NodeConfig config;
    if (!(words >> config.name >> config.type)) continue;
    config.name.pop_back();  // the colon
    config.params.push_back({"label", config.name});
    for (std::string word; words >> word;) {
      if (word == "<") {
        // "node", or "port:node".
        std::string from;
        words >> from;
        const auto colon = from.find(':');
        config.inputs.emplace_back(from.substr(colon == std::string::npos ? 0 : colon + 1),
                                   colon == std::string::npos ? "" : from.substr(0, colon));
        continue;
      }
      const auto equals = word.find('=');
      const std::string name = word.substr(0, equals);
      const std::string value = word.substr(equals + 1);
      if (name == "concurrency") {
        config.concurrency = std::stoi(value);
      } else {
        config.params.push_back({name, value});
      }
    }
    configs.push_back(std::move(config));
  }
  return configs;
}

Graph make_graph(std::string_view lines) {
  auto graph = Graph::build(parse_graph(lines), synthetic_nodes());
  if (!graph) FAIL(graph.error().front().message);
  return std::move(*graph);
}

std::string describe(const Settings& settings) {
  if (settings.serial) return "serial, memory " + std::to_string(settings.memory);
  return "flow, workers " + std::to_string(settings.workers) + ", memory " +
         std::to_string(settings.memory);
}

std::vector<Settings> all_executors() {
  std::vector<Settings> all = {{.serial = true}};
  for (const int workers : {1, 2, 3, 8}) all.push_back({.workers = workers});
  return all;
}

const StageStats& Run::stage(std::string_view node) const {
  for (const StageStats& stage : result.report.stages) {
    if (stage.node == node) return stage;
  }
  throw std::out_of_range("no stage " + std::string(node));
}

const Error& Run::error(const std::string& key) const {
  const auto found = ended.find(key);
  REQUIRE(found != ended.end());
  REQUIRE(found->second.errors.size() == 1);
  return found->second.errors.front();
}

namespace {

class CollectingObserver : public RunObserver {
 public:
  CollectingObserver(Run& run, std::size_t nodes, const std::function<void(const Item&)>& on_ended)
      : run_(run), nodes_(nodes), on_ended_(on_ended) {}

  void listed(std::uint64_t entries) override { run_.listed = entries; }
  void ignored(const std::string& key) override {
    const Alone alone(*this);
    run_.ignored.push_back(key);
  }
  void ended(const Item& item) override {
    const Alone alone(*this);
    const std::string& key = item.info().key;
    std::size_t expected = 0;
    for (std::size_t node = 0; node < nodes_; ++node) expected += item.plan(node).claims.size();
    Ended ended{item.outcome(), item.errors(), item.outputs(), item.lease_bytes(), expected};
    std::sort(ended.errors.begin(), ended.errors.end(),
              [](const Error& a, const Error& b) { return a.node < b.node; });
    std::sort(ended.outputs.begin(), ended.outputs.end(),
              [](const Written& a, const Written& b) { return a.path < b.path; });
    if (!run_.ended.emplace(key, std::move(ended)).second) {
      run_.complaints.push_back(key + " ended twice");
    }
    run_.order.push_back(key);
    if (on_ended_) on_ended_(item);
  }

 private:
  class Alone {
   public:
    explicit Alone(CollectingObserver& observer) : observer_(observer) {
      if (observer_.calls_++ != 0) observer_.run_.complaints.push_back("two calls at once");
    }
    ~Alone() { --observer_.calls_; }

   private:
    CollectingObserver& observer_;
  };

  Run& run_;
  const std::size_t nodes_;
  const std::function<void(const Item&)>& on_ended_;
  std::atomic<int> calls_ = 0;
};

// What must hold of every run, checked on the test's thread.
void check(const Run& run, const World& world, const Graph& graph, const Settings& settings) {
  const RunReport& report = run.result.report;
  CHECK(run.complaints == std::vector<std::string>());
  CHECK_FALSE(world.shared_scratch());

  ItemCounts counts;
  std::map<std::string, std::uint64_t> outputs;
  for (const auto& [key, ended] : run.ended) {
    INFO("item " << key);
    switch (ended.outcome) {
      case Outcome::ok:
        ++counts.ok;
        break;
      case Outcome::skipped:
        ++counts.skipped;
        break;
      case Outcome::failed:
        ++counts.failed;
        break;
      case Outcome::cancelled:
        ++counts.cancelled;
        break;
    }
    if (ended.outcome == Outcome::ok) CHECK(ended.outputs.size() == ended.expected_outputs);
    CHECK(ended.errors.empty() == (ended.outcome != Outcome::failed));
    for (const Error& error : ended.errors) {
      CHECK(error.item == key);
      CHECK_FALSE(error.node.empty());
      CHECK_FALSE(error.code.empty());
      CHECK_FALSE(error.message.empty());
    }
    for (const Written& written : ended.outputs) outputs[written.path] = written.bytes;
    CHECK(world.peak_of(key) <= ended.lease_bytes);
  }
  CHECK(report.items.admitted == run.ended.size());
  CHECK(report.items.ok == counts.ok);
  CHECK(report.items.skipped == counts.skipped);
  CHECK(report.items.failed == counts.failed);
  CHECK(report.items.cancelled == counts.cancelled);
  CHECK(report.ignored == run.ignored.size());
  if (run.result.ending == Ending::complete) {
    CHECK(run.ended.size() + run.ignored.size() == run.listed);
    CHECK(counts.cancelled == 0);
  }

  std::map<std::string, std::uint64_t> files;
  for (const auto& [path, bytes] : world.files()) files[path] = bytes.size();
  CHECK(files == outputs);
  CHECK(world.replaced() == files.size());

  const std::uint64_t bound = std::max(settings.memory, report.largest_item_bytes);
  CHECK(report.memory_peak_bytes <= bound);
  CHECK(world.peak_bytes() <= bound);
  CHECK(world.live_bytes() == 0);
  CHECK(report.executor == (settings.serial ? "serial" : "flow"));
  CHECK(report.workers == (settings.serial ? 1 : settings.workers));
  REQUIRE(report.stages.size() == graph.nodes().size());
  for (const StageStats& stage : report.stages) {
    INFO("stage " << stage.node);
    CHECK(stage.utilisation <= 1.01);
    CHECK(stage.total.service_ns >= 0);
  }
}

}  // namespace

Result<Run> try_run(World& world, const Graph& graph, const Settings& settings,
                    const std::function<void(const Item&)>& on_ended) {
  const Watchdog watchdog(describe(settings));
  RunOptions options;
  options.environment.files = &world;
  options.workers = settings.workers;
  options.memory_bytes = settings.memory;
  options.on_error = settings.on_error;
  options.stop = settings.stop;
  Run run;
  CollectingObserver observer(run, graph.nodes().size(), on_ended);
  const auto executor = settings.serial ? make_serial_executor() : make_flow_executor();
  auto result = executor->run(graph, options, observer);
  if (!result) return tl::make_unexpected(std::move(result.error()));
  run.result = std::move(*result);
  return run;
}

Run run(World& world, std::string_view lines, const Settings& settings,
        const std::function<void(const Item&)>& on_ended) {
  INFO(describe(settings));
  world.clear();
  const Graph graph = make_graph(lines);
  auto result = try_run(world, graph, settings, on_ended);
  if (!result) FAIL(to_string(result.error()));
  check(*result, world, graph, settings);
  return std::move(*result);
}

}  // namespace imagemill::testing
