// Random graphs over random items: the outputs are the serial run's, whatever the schedule.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <random>
#include <stdexcept>
#include <thread>

#include "tests/support/catch.h"
#include "tests/support/engine_fixtures.h"

namespace imagemill::testing {
namespace {

// Grows a graph from the source on: at each step one or several of the outputs that there are get a
// node, and at the end every output that nobody took gets a sink. All that it makes is valid.
class RandomGraph {
 public:
  explicit RandomGraph(std::mt19937& random) : random_(random) {
    text_ = "read: items" + concurrency(4);
    outputs_.push_back({.name = "read"});
    for (int nodes = below(14); nodes > 0; --nodes) grow();
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
      if (!outputs_[i].taken || chance(5)) add_sink(i);
    }
  }
  const std::string& text() const { return text_; }

 private:
  struct Output {
    std::string name;    // as nodes behind it call it
    bool parts = false;  // whether it is behind a one-to-many node
    bool taken = false;
  };

  int below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }
  bool chance(int percent) { return below(100) < percent; }

  void grow() {
    const int dice = below(100);
    if (dice < 45) return add_step();
    if (dice < 58) return add_route();
    if (dice < 68) return add_filter();
    if (dice < 90) return add_join();
    return add_split();
  }

  // Mostly one that nobody has taken, now and then one that forks thereby.
  std::size_t pick() {
    const std::size_t any = static_cast<std::size_t>(below(static_cast<int>(outputs_.size())));
    if (chance(25)) return any;
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
      const std::size_t at = (any + i) % outputs_.size();
      if (!outputs_[at].taken) return at;
    }
    return any;
  }
  // Another input of a join with `first`: packets of parts meet packets of parts.
  std::size_t pick_partner(std::size_t first) {
    for (int tries = 0; tries < 8; ++tries) {
      const std::size_t second = pick();
      if (outputs_[second].parts == outputs_[first].parts) return second;
    }
    return first;
  }

  std::string new_name() { return "n" + std::to_string(nodes_++); }
  std::string begin(const std::string& type) {
    std::string name = new_name();
    text_ += "\n" + name + ": " + type;
    return name;
  }
  void take(std::size_t output, const std::string& port = "") {
    outputs_[output].taken = true;
    text_ += " < " + port + outputs_[output].name;
  }
  std::string concurrency(int most) {
    return chance(50) ? "" : " concurrency=" + std::to_string(1 + below(most));
  }
  void add_sizes(bool in_place) {
    if (in_place && chance(40)) text_ += " in_place=true";
    if (chance(30)) text_ += " bytes=" + std::to_string(below(700));
    if (chance(30)) text_ += " scratch_bytes=" + std::to_string(below(700));
  }
  std::string random_test() {
    if (chance(15)) return "<" + std::to_string(below(2) * 1000);  // none or all of them
    return chance(60) ? "<" + std::to_string(below(500)) : "~" + std::to_string(below(10));
  }

  void add_step() {
    static constexpr const char* kTypes[] = {"step", "step", "serial_step", "io_step",
                                             "scratch_step"};
    const std::string type = kTypes[below(5)];
    const std::size_t from = pick();
    const std::string name = begin(type);
    take(from);
    if (type != "serial_step") text_ += concurrency(4);
    add_sizes(true);
    outputs_.push_back({.name = name, .parts = outputs_[from].parts});
  }

  void add_route() {
    const std::size_t from = pick();
    const std::string name = begin("route");
    take(from);
    const bool parts = outputs_[from].parts;
    text_ += " outputs=";
    const int count = 1 + below(3);
    for (int i = 0; i < count; ++i) {
      const std::string output(1, static_cast<char>('a' + i));
      text_ += (i == 0 ? "" : ",") + output;
      if (i + 1 < count || chance(50)) text_ += ":" + random_test();
      outputs_.push_back({.name = name + "." + output, .parts = parts});
    }
  }

  void add_filter() {
    const std::size_t from = pick();
    const std::string name = begin("filter");
    take(from);
    text_ += " keep=" + random_test();
    outputs_.push_back({.name = name, .parts = outputs_[from].parts});
  }

  void add_join() {
    static constexpr const char* kTypes[] = {"join", "join", "serial_join", "io_join", "join3"};
    const std::string type = kTypes[below(5)];
    const std::size_t ports = type == "join3" ? 3 : 2;
    const std::size_t first = pick();
    const std::size_t flowing = static_cast<std::size_t>(below(static_cast<int>(ports)));
    std::vector<std::string> constants(ports);
    for (std::size_t port = 0; port < ports; ++port) {
      if (port == flowing || !chance(20)) continue;
      constants[port] = begin("note");
      if (chance(50)) text_ += " bytes=" + std::to_string(below(900));
    }
    const std::string name = begin(type);
    for (std::size_t port = 0; port < ports; ++port) {
      const std::string port_name = std::string(1, static_cast<char>('a' + port)) + ":";
      if (!constants[port].empty()) {
        text_ += " < " + port_name + constants[port];
      } else {
        take(port == flowing ? first : pick_partner(first), port_name);
      }
    }
    if (type != "serial_join") text_ += concurrency(3);
    add_sizes(true);
    outputs_.push_back({.name = name, .parts = outputs_[first].parts});
  }

  void add_split() {
    const std::size_t from = pick();
    if (outputs_[from].parts) return add_step();
    const std::string name = begin(chance(70) ? "split" : "io_split");
    take(from);
    // Mostly as many as the others make, so that they can be joined.
    text_ += " parts=" + std::to_string(chance(80) ? 4 : 1 + below(6));
    if (chance(50)) text_ += " vary=true";
    text_ += concurrency(3);
    add_sizes(false);
    outputs_.push_back({.name = name, .parts = true});
  }

  void add_sink(std::size_t from) {
    static constexpr const char* kTypes[] = {"store", "collect", "serial_collect"};
    const std::string type = kTypes[below(3)];
    begin(type);
    take(from);
    if (type != "serial_collect") text_ += concurrency(3);
    if (chance(8)) text_ += " path=all/{name}";  // sinks and items collide
    if (outputs_[from].parts) text_ += " parts=true";
  }

  std::mt19937& random_;
  std::string text_;
  std::vector<Output> outputs_;
  int nodes_ = 0;
};

class RandomCase {
 public:
  explicit RandomCase(unsigned seed) : random_(seed), seed_(seed) {
    graph_ = RandomGraph(random_).text();
    const int items = below(12);
    for (int i = 0; i < items; ++i) {
      world_.entries.push_back({.key = (chance(30) ? "folder/" : "") + std::to_string(i),
                                .bytes = 1 + static_cast<std::uint64_t>(below(500)),
                                .ignored = chance(5)});
    }
    failures_ = chance(50) ? 0 : below(25);
    world_.hook = [this](Phase phase, const std::string& node, const std::string& key) {
      return act(phase, node, key);
    };
  }

  // Results of a run that must not depend on the schedule.
  struct Outcome {
    std::map<std::string, std::string> files;
    std::map<std::string, std::vector<std::string>> items;  // outcome and errors
    friend bool operator==(const Outcome&, const Outcome&) = default;
  };

  Outcome serial() {
    delays_ = false;
    return outcome({.serial = true});
  }
  Outcome flow() { return concurrently(false); }
  Outcome pool() { return concurrently(true); }
  // Stopped after some of the items: whether those that ended well are the serial run's.
  bool stopped(const Outcome& expected) {
    Settings settings = any_settings(chance(50));
    std::stop_source source;
    settings.stop = source.get_token();
    int left = below(8);
    const Outcome outcome = outcome_of(
        run(world_, graph_, settings, [&](const Item&) { left-- == 0 && source.request_stop(); }));
    return std::all_of(outcome.items.begin(), outcome.items.end(), [&](const auto& item) {
      const auto& [key, lines] = item;
      return lines.front() == "cancelled" || lines.front() == "failed" ||
             lines == expected.items.at(key);
    });
  }
  const std::string& graph() const { return graph_; }

 private:
  int below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }
  bool chance(int percent) { return below(100) < percent; }

  Outcome concurrently(bool pool) { return outcome(any_settings(pool)); }

  Settings any_settings(bool pool) {
    static constexpr std::uint64_t kMemory[] = {1, 1500, 20'000, 1 << 30};
    delays_ = true;
    return {.pool = pool,
            .seed = static_cast<unsigned>(random_()),
            .workers = 1 + below(8),
            .memory = kMemory[below(4)] + constant_bytes()};
  }

  // Less would be refused before the run.
  std::uint64_t constant_bytes() {
    const Graph graph = make_graph(graph_);
    Environment environment;
    environment.files = &world_;
    REQUIRE(graph.open(environment));
    return graph.constant_bytes();
  }

  // Fails and sleeps by hash, so that every run of the case does the same.
  Result<void> act(Phase phase, const std::string& node, const std::string& key) const {
    if (phase != Phase::process && phase != Phase::load && phase != Phase::probe &&
        phase != Phase::choose) {
      return {};
    }
    if (phase == Phase::load && key.empty()) return {};  // of a constant
    std::seed_seq mix{seed_, unsigned(phase), unsigned(std::hash<std::string>()(node + ":" + key))};
    unsigned dice[2];
    mix.generate(dice, dice + 2);
    if (delays_ && dice[0] % 16 == 0)
      std::this_thread::sleep_for(std::chrono::microseconds(dice[0] / 16 % 100));
    if (static_cast<int>(dice[1] % 400) < failures_) {
      // A choice has no other way to fail.
      if (dice[1] % 2 == 0 || phase == Phase::choose) throw std::runtime_error("thrown at " + node);
      return failure("bad", "failed at " + node);
    }
    return {};
  }

  Outcome outcome(const Settings& settings) {
    const Run ran = run(world_, graph_, settings);
    CHECK(ran.result.ending == Ending::complete);
    return outcome_of(ran);
  }

  Outcome outcome_of(const Run& ran) {
    Outcome outcome{.files = world_.files(), .items = {}};
    for (const auto& [key, ended] : ran.ended) {
      auto& lines = outcome.items[key];
      lines.emplace_back(to_string(ended.outcome));
      for (const Error& error : ended.errors) lines.push_back(to_string(error));
      for (const Written& written : ended.outputs) lines.push_back(written.path);
    }
    return outcome;
  }

  std::mt19937 random_;
  const unsigned seed_;
  World world_;
  std::string graph_;
  int failures_ = 0;  // of 400
  bool delays_ = false;
};

// IMAGEMILL_SEEDS: "N" runs one seed and prints its graph, "N-M" all from N to M.
struct Seeds {
  unsigned first = 0;
  unsigned last = 0;
  bool print = false;
};
Seeds seeds(unsigned by_default) {
  const char* asked = std::getenv("IMAGEMILL_SEEDS");
  if (asked == nullptr) return {0, by_default - 1};
  char* end = nullptr;
  const auto first = static_cast<unsigned>(std::strtoul(asked, &end, 10));
  if (*end != '-') return {first, first, true};
  return {first, static_cast<unsigned>(std::strtoul(end + 1, nullptr, 10))};
}

TEST_CASE("Random graphs give the serial run's outputs and errors under every schedule",
          "[engine]") {
  const Seeds which = seeds(IMAGEMILL_SEED_COUNT);
  for (unsigned seed = which.first; seed <= which.last; ++seed) {
    RandomCase random(seed);
    INFO("seed " << seed << "\n" << random.graph());
    if (which.print) std::cout << random.graph() << "\n";
    const auto expected = random.serial();
    const bool flow = random.flow() == expected;
    REQUIRE(flow);
    const bool flow_again = random.flow() == expected;
    REQUIRE(flow_again);
    const bool pool = random.pool() == expected;
    REQUIRE(pool);
    const bool stopped = random.stopped(expected);
    REQUIRE(stopped);
  }
}

}  // namespace
}  // namespace imagemill::testing
