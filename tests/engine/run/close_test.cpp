// close: the last call of a node in a run.
#include <algorithm>
#include <map>
#include <mutex>
#include <set>

#include "tests/support/catch.h"
#include "tests/support/engine_fixtures.h"

namespace imagemill::testing {
namespace {

constexpr std::string_view kGraph = R"(
  read: items
  a: step < read
  b: io_step < a
  out: store < b
)";

const std::set<std::string> kNodes = {"a", "b", "out", "read"};

// Counts the calls of open() and close(), and whether a node worked after its close().
class Lives {
 public:
  explicit Lives(World& world) {
    world.hook = [this](Phase phase, const std::string& node, const std::string& key) {
      {
        const std::lock_guard lock(mutex_);
        if (phase == Phase::open) ++opened_[node];
        if (phase == Phase::close) ++closed_[node];
        if (phase == Phase::process && closed_[node] == opened_[node]) late_ = true;
      }
      return fails ? fails(phase, node, key) : Result<void>();
    };
  }
  Lives(const Lives&) = delete;
  Lives& operator=(const Lives&) = delete;

  std::function<Result<void>(Phase, const std::string& node, const std::string& key)> fails;

  // Nodes that were closed as often as they were opened.
  std::set<std::string> whole() const {
    std::set<std::string> nodes;
    for (const auto& [node, count] : opened_) {
      const auto closed = closed_.find(node);
      if (closed != closed_.end() && closed->second == count) nodes.insert(node);
    }
    return nodes;
  }
  bool closed(const std::string& node) const { return closed_.contains(node); }
  bool late() const { return late_; }

 private:
  std::mutex mutex_;
  std::map<std::string, int> opened_;
  std::map<std::string, int> closed_;
  bool late_ = false;
};

TEST_CASE("A node is closed once a run, after its last item", "[engine]") {
  World world(40);
  Lives lives(world);
  for (const Settings& settings : all_executors()) {
    CHECK(run(world, kGraph, settings).result.report.items.ok == 40);
    CHECK(lives.whole() == kNodes);
    CHECK_FALSE(lives.late());
  }
}

TEST_CASE("A node is closed after a run that is stopped", "[engine]") {
  World world(40);
  Lives lives(world);
  lives.fails = [](Phase phase, const std::string& node, const std::string& key) -> Result<void> {
    if (phase == Phase::process && node == "a" && key == "007") return failure("corrupt", "bad");
    return {};
  };
  for (Settings settings : all_executors()) {
    settings.on_error = OnError::stop;
    CHECK(run(world, kGraph, settings).result.ending == Ending::on_error);
    CHECK(lives.whole() == kNodes);
  }
}

TEST_CASE("After an open that fails, the nodes that are open are closed", "[engine]") {
  World world(10);
  Lives lives(world);
  lives.fails = [](Phase phase, const std::string& node, const std::string&) -> Result<void> {
    if (phase == Phase::open && node == "b") return failure("not_found", "no such font");
    return {};
  };
  const Graph graph = make_graph(kGraph);
  for (const Settings& settings : all_executors()) {
    const auto ran = try_run(world, graph, settings);
    REQUIRE_FALSE(ran.has_value());
    CHECK(to_string(ran.error()) == "b: not_found: no such font");
    CHECK(lives.whole() == std::set<std::string>{"a", "read"});
    CHECK_FALSE(lives.closed("b"));
    CHECK_FALSE(lives.closed("out"));
  }
}

TEST_CASE("A close that fails leaves the run incomplete, and closes the other nodes", "[engine]") {
  World world(10);
  Lives lives(world);
  lives.fails = [](Phase phase, const std::string& node, const std::string&) -> Result<void> {
    if (phase == Phase::close && node == "b") return failure("disk_full", "no room for the index");
    return {};
  };
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, kGraph, settings);
    CHECK(ran.result.report.items.ok == 10);
    CHECK(ran.result.ending == Ending::outside);
    CHECK(ran.result.cause == "b: disk_full: no room for the index");
    CHECK(lives.whole() == kNodes);
  }
}

TEST_CASE("A close that throws is an error of the run", "[engine]") {
  World world(10);
  Lives lives(world);
  lives.fails = [](Phase phase, const std::string& node, const std::string&) -> Result<void> {
    if (phase == Phase::close && node == "a") throw std::runtime_error("oops");
    return {};
  };
  const Run ran = run(world, kGraph, Settings());
  CHECK(ran.result.ending == Ending::outside);
  CHECK(ran.result.cause.find("oops") != std::string::npos);
  CHECK(lives.whole() == kNodes);
}

TEST_CASE("The value of a constant is freed when the run ends", "[engine]") {
  World world(10);
  const Graph graph = make_graph(R"(
    read: items
    logo: note bytes=300
    k: join < a:read < b:logo
    out: store < k
  )");
  for (const Settings& settings : all_executors()) {
    const auto ran = try_run(world, graph, settings);
    REQUIRE(ran.has_value());
    CHECK(world.live_bytes() == 0);
  }
}

}  // namespace
}  // namespace imagemill::testing
