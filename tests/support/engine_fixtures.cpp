#include "tests/support/engine_fixtures.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <sstream>

#include "engine/source/listing.h"
#include "tests/support/catch.h"
#include "tests/support/pool_executor.h"
#include "tests/support/watchdog.h"

namespace imagemill::testing {

// Relaxed, so that the tests' own counting orders nothing that the engine has left unordered.
void Gauge::add(std::uint64_t bytes) {
  const std::uint64_t now = live_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  std::uint64_t peak = peak_.load(std::memory_order_relaxed);
  while (now > peak && !peak_.compare_exchange_weak(peak, now, std::memory_order_relaxed)) {
  }
  if (whole_ != nullptr) whole_->add(bytes);
}

void Gauge::subtract(std::uint64_t bytes) {
  live_.fetch_sub(bytes, std::memory_order_relaxed);
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
  wrong_part_ = false;
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

void World::index_entries() {
  index_.clear();
  for (const Entry& entry : entries) index_[entry.key] = &entry;
}

World::Entry World::entry(const std::string& key) const {
  if (cursor) return {.key = key, .ignored = key.starts_with("no")};
  return *index_.at(key);
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
  return (settings.pool ? "pool, workers " : "flow, workers ") + std::to_string(settings.workers) +
         ", memory " + std::to_string(settings.memory);
}

std::vector<Settings> all_executors() {
  std::vector<Settings> all = {{.serial = true}};
  for (const int workers : {1, 2, 3, 8}) all.push_back({.workers = workers});
  all.push_back({.pool = true, .workers = 3});
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

  void listed(std::uint64_t entries) override {
    const Alone alone(*this);
    run_.listed = entries;
  }
  void ignored(const std::string& key) override {
    const Alone alone(*this);
    run_.ignored.push_back(key);
  }
  void ended(const Item& item) override {
    const Alone alone(*this);
    const std::string& key = item.info().key;
    std::size_t expected = 0;
    for (std::size_t node = 0; node < nodes_; ++node) expected += item.plan(node).claims.size();
    Ended ended{item.outcome(), item.errors(),      item.losses(),
                item.outputs(), item.lease_bytes(), expected};
    std::sort(ended.errors.begin(), ended.errors.end(),
              [](const Error& a, const Error& b) { return to_string(a) < to_string(b); });
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

// Violated invariants of a run.
class Violations {
 public:
  Violations(const Run& run, const World& world, const Graph& graph, const Settings& settings)
      : found_(run.complaints), run_(run), report_(run.result.report) {
    check(!world.shared_scratch(), "a scratch was used twice at once");
    check(!world.wrong_part(), "a node got parts that do not belong together");
    for (const auto& [key, ended] : run.ended) check_item(key, ended, world);
    check_counts();

    std::map<std::string, std::uint64_t> files;
    for (const auto& [path, bytes] : world.files()) files[path] = bytes.size();
    check(files == outputs_, "files other than the outputs of the items");
    check(world.replaced() == files.size(), "a file was written twice");

    const std::uint64_t bound = std::max(settings.memory, report_.largest_item_bytes);
    check(report_.memory_peak_bytes <= bound, "leases beyond the budget");
    check(world.peak_bytes() <= bound, "memory beyond the budget");
    check(world.live_bytes() == 0, "payloads are left over");
    check(report_.executor == (settings.serial ? "serial"
                               : settings.pool ? "pool"
                                               : "flow"),
          "the name of the executor");
    check(report_.workers == (settings.serial ? 1 : settings.workers), "the number of workers");
    check(report_.stages.size() == graph.nodes().size(), "the number of stages");
    for (const StageStats& stage : report_.stages) {
      check(stage.utilisation <= 1.01, "the utilisation of " + stage.node);
      check(stage.total.service_ns >= 0, "the service time of " + stage.node);
      check(stage.total.failed <= stage.total.count, stage.node + " failed more often than it ran");
    }
  }
  const std::vector<std::string>& found() const { return found_; }

 private:
  void check(bool holds, const std::string& otherwise) {
    if (!holds) found_.push_back(otherwise);
  }

  void check_item(const std::string& key, const Ended& ended, const World& world) {
    ++counts_[ended.outcome];
    if (ended.outcome == Outcome::ok) {
      check(ended.outputs.size() == ended.expected_outputs, key + " is ok without all its outputs");
    }
    check(ended.errors.empty() == (ended.outcome != Outcome::failed),
          key + " has errors but has not failed, or the other way round");
    for (const Error& error : ended.errors) {
      check(
          error.item == key && !error.node.empty() && !error.code.empty() && !error.message.empty(),
          key + " has an error without address: " + to_string(error));
    }
    check(ended.losses.empty() || !ended.outputs.empty(), key + " has losses but no outputs");
    for (const Written& written : ended.outputs) outputs_[written.path] = written.stamp.bytes;
    const std::uint64_t held = world.peak_of(key);
    check(held <= ended.lease_bytes, key + " held " + std::to_string(held) + " bytes with " +
                                         std::to_string(ended.lease_bytes) + " leased");
  }

  void check_counts() {
    check(report_.items.admitted == run_.ended.size(), "admitted items that did not end");
    check(report_.items.ok == counts_[Outcome::ok], "the number of ok items");
    check(report_.items.skipped == counts_[Outcome::skipped], "the number of skipped items");
    check(report_.items.failed == counts_[Outcome::failed], "the number of failed items");
    check(report_.items.cancelled == counts_[Outcome::cancelled], "the number of cancelled items");
    check(report_.ignored == run_.ignored.size(), "the number of entries that are no items");
    if (run_.result.ending == Ending::complete) {
      check(run_.ended.size() + run_.ignored.size() == run_.listed, "entries that were lost");
      check(counts_[Outcome::cancelled] == 0, "cancelled items of a complete run");
    }
  }

  std::vector<std::string> found_;
  const Run& run_;
  const RunReport& report_;
  std::map<Outcome, std::uint64_t> counts_;
  std::map<std::string, std::uint64_t> outputs_;
};

}  // namespace

Result<Run> try_run(World& world, const Graph& graph, const Settings& settings,
                    const std::function<void(const Item&)>& on_ended) {
  ProgressCounters watch;
  const Watchdog watchdog(describe(settings), std::chrono::seconds(30), &watch);
  RunOptions options;
  options.watch = &watch;
  options.environment.files = &world;
  options.workers = settings.workers;
  options.memory_bytes = settings.memory;
  options.on_error = settings.on_error;
  options.max_failures = settings.max_failures;
  options.stop = settings.stop;
  options.resume.journal = settings.journal;
  options.resume.redo = settings.redo;
  options.resume.former = settings.former;
  options.item_timeout_ns = settings.item_timeout_ns;
  options.abandoned = settings.abandoned;
  options.resume.made_by = settings.made_by;
  std::optional<Listing> whole;
  if (settings.shard) {
    if (auto opened = graph.source().open(options.environment); !opened) {
      return tl::make_unexpected(std::move(opened.error()));
    }
    whole.emplace(graph.source(), Listing::Again::kept);
    if (auto read = whole->read(settings.stop); !read) {
      return tl::make_unexpected(std::move(read.error()));
    }
    options.part = {*settings.shard, &*whole};
  }
  Run run;
  CollectingObserver observer(run, graph.nodes().size(), on_ended);
  const auto executor = settings.serial ? make_serial_executor()
                        : settings.pool ? make_pool_executor(settings.seed)
                                        : make_flow_executor();
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
  CHECK(Violations(*result, world, graph, settings).found() == std::vector<std::string>());
  return std::move(*result);
}

}  // namespace imagemill::testing
