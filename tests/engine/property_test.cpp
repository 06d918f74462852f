// Random graphs over random items: the outputs are the serial run's, whatever the schedule.
#include <chrono>
#include <random>
#include <stdexcept>
#include <thread>

#include "tests/support/catch.h"
#include "tests/support/engine_fixtures.h"

namespace imagemill::testing {
namespace {

class RandomCase {
 public:
  explicit RandomCase(unsigned seed) : random_(seed), seed_(seed) {
    const int items = below(40);
    for (int i = 0; i < items; ++i) {
      world_.entries.push_back({.key = (chance(30) ? "folder/" : "") + std::to_string(i),
                                .bytes = 1 + static_cast<std::uint64_t>(below(500)),
                                .ignored = chance(5)});
    }
    graph_ = "read: items" + concurrency(4);
    add_branches({"read"}, 3);
    failures_ = chance(40) ? 0 : below(30);
  }

  // What a run gives that must not depend on the schedule.
  struct Outcome {
    std::map<std::string, std::string> files;
    std::map<std::string, std::vector<std::string>> items;  // outcome and errors
    friend bool operator==(const Outcome&, const Outcome&) = default;
  };

  Outcome serial() { return outcome({.serial = true}); }
  Outcome flow() {
    delays_ = true;
    static constexpr int kWorkers[] = {1, 2, 3, 8};
    static constexpr std::uint64_t kMemory[] = {1, 1500, 20'000, 1 << 30};
    return outcome({.workers = kWorkers[below(4)], .memory = kMemory[below(4)]});
  }
  const std::string& graph() const { return graph_; }

 private:
  int below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }
  bool chance(int percent) { return below(100) < percent; }
  std::string concurrency(int most) {
    return chance(50) ? "" : " concurrency=" + std::to_string(1 + below(most));
  }

  // An output, and whether several packets of an item come out of it.
  struct Place {
    std::string node;
    bool parts = false;
  };

  // One to three branches after a node, each with up to three nodes and more branches, or a sink.
  void add_branches(const Place& after, int depth) {
    const int branches = depth == 0 ? 1 : chance(50) ? 1 : 2 + below(2);
    for (int i = 0; i < branches; ++i) {
      Place last = after;
      for (int steps = below(3); steps > 0; --steps) last = add_node(last);
      if (last.node != after.node && depth > 0 && chance(25)) {
        add_choice(last, depth - 1);
      } else if (last.node == after.node || depth == 0 || chance(40)) {
        add_sink(last);
      } else {
        add_branches(last, depth - 1);
      }
    }
  }
  std::string add(const std::string& type, const std::string& rest) {
    std::string name = "n" + std::to_string(nodes_++);
    graph_ += "\n" + name + ": " + type + rest;
    return name;
  }
  Place add_node(const Place& after) {
    switch (below(12)) {
      case 0:
        return {add("keep", " < " + after.node + " part=" + std::to_string(below(4))), after.parts};
      case 1:
        if (after.parts) return add_step(after);
        return {add("split", " < " + after.node + " count=" + std::to_string(1 + below(5)) +
                                 " bytes=" + std::to_string(below(300))),
                true};
      case 2: {
        const std::string stamp = add("stamp", "");
        return chance(50) ? add_pair({stamp, false}, after) : add_pair(after, {stamp, false});
      }
      case 3: {
        Place other = after;
        for (int steps = below(3); steps > 0; --steps) other = add_step(other);
        return add_pair(add_step(after), other);
      }
      default:
        return add_step(after);
    }
  }
  std::string sizes() {
    std::string text;
    if (chance(30)) text += " in_place=true";
    if (chance(30)) text += " bytes=" + std::to_string(below(700));
    if (chance(30)) text += " scratch_bytes=" + std::to_string(below(700));
    return text;
  }
  Place add_step(const Place& after) {
    static constexpr const char* kTypes[] = {"step", "step", "serial_step", "io_step",
                                             "scratch_step"};
    const std::string type = kTypes[below(5)];
    const std::string limit = type == "serial_step" ? "" : concurrency(4);
    return {add(type, " < " + after.node + limit + sizes()), after.parts};
  }
  Place add_pair(const Place& first, const Place& second) {
    return {add("pair",
                " < first:" + first.node + " < second:" + second.node + concurrency(4) + sizes()),
            first.parts || second.parts};
  }
  // The last way may take what is left, or not.
  void add_choice(const Place& after, int depth) {
    const std::string ways = " to.a=1 to.b=" + std::string(chance(50) ? "*" : "2");
    const std::string choice = add("choose", " < " + after.node + ways);
    add_branches({choice + ".a", after.parts}, depth);
    add_branches({choice + ".b", after.parts}, depth);
  }
  void add_sink(const Place& after) {
    static constexpr const char* kTypes[] = {"store", "collect", "serial_collect"};
    const std::string type = kTypes[below(3)];
    const std::string name = "out" + std::to_string(nodes_++);
    graph_ += "\n" + name + ": " + type + " < " + after.node;
    if (type != "serial_collect") graph_ += concurrency(3);
    const bool together = chance(10);  // sinks and items collide
    if (together || after.parts) {
      graph_ += " path=" + (together ? "all" : name + "/{dir}") + "/{name}" +
                (after.parts ? ".{number}" : "");
    }
  }

  // Fails and sleeps by hash, so that every run of the case does the same.
  Result<void> act(Phase phase, const std::string& node, const std::string& key) const {
    if (phase != Phase::process && phase != Phase::load && phase != Phase::probe) return {};
    if (key.empty()) return {};  // a constant
    std::seed_seq mix{seed_, unsigned(phase), unsigned(std::hash<std::string>()(node + ":" + key))};
    unsigned dice[2];
    mix.generate(dice, dice + 2);
    if (delays_ && dice[0] % 4 == 0)
      std::this_thread::sleep_for(std::chrono::microseconds(dice[0] / 4 % 120));
    if (static_cast<int>(dice[1] % 200) < failures_) {
      if (dice[1] % 2 == 0) throw std::runtime_error("thrown at " + node);
      return failure("bad", "failed at " + node);
    }
    return {};
  }

  Outcome outcome(const Settings& settings) {
    world_.hook = [this](Phase phase, const std::string& node, const std::string& key) {
      return act(phase, node, key);
    };
    const Run ran = run(world_, graph_, settings);
    CHECK(ran.result.ending == Ending::complete);
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
  int nodes_ = 0;
  int failures_ = 0;  // of 200
  bool delays_ = false;
};

TEST_CASE("Random graphs give the serial run's outputs and errors under every schedule",
          "[engine]") {
  for (unsigned seed = 0; seed < 200; ++seed) {
    RandomCase random(seed);
    INFO("seed " << seed << "\n" << random.graph());
    const auto expected = random.serial();
    for (int again = 0; again < 2; ++again) {
      const bool same = random.flow() == expected;
      REQUIRE(same);
    }
  }
}

}  // namespace
}  // namespace imagemill::testing
