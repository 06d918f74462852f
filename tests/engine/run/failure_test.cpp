// A failure ends one item, or what it says, and is told with its address.
#include <atomic>
#include <new>
#include <stdexcept>

#include "tests/support/catch.h"
#include "tests/support/engine_fixtures.h"

namespace imagemill::testing {
namespace {

constexpr std::string_view kChain = R"(
  read: items concurrency=2
  a: step < read
  b: scratch_step < a
  out: store < b
)";

// A hook that does `what` when `node` comes to `key` in `phase`.
template <class What>
auto at(Phase phase, const std::string& node, const std::string& key, What what) {
  return [=](Phase p, const std::string& n, const std::string& k) -> Result<void> {
    if (p == phase && n == node && k == key) return what();
    return {};
  };
}

TEST_CASE("An error of a node fails its item and no other", "[engine]") {
  World world(20);
  world.hook = at(Phase::process, "a", "007", [] { return failure("odd_number", "7 is odd"); });
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, kChain, settings);
    CHECK(ran.result.ending == Ending::complete);
    CHECK(ran.result.report.items.ok == 19);
    CHECK(ran.result.report.items.failed == 1);
    const Error& error = ran.error("007");
    CHECK(error.node == "a");
    CHECK(error.code == "odd_number");
    CHECK(error.message == "7 is odd");
    CHECK(to_string(error) == "a: 007: odd_number: 7 is odd");
    CHECK(ran.stage("a").total.failed == 1);
    CHECK(ran.stage("a").total.count == 20);
    CHECK(ran.stage("b").total.count == 19);
    CHECK(ran.stage("b").total.failed == 0);
  }
}

TEST_CASE("Whatever a node throws becomes an error of its item", "[engine]") {
  World world(6);
  world.hook = [](Phase phase, const std::string& node, const std::string& key) -> Result<void> {
    if (phase != Phase::process || node != "b") return {};
    if (key == "001") throw std::runtime_error("broken");
    if (key == "002") throw std::bad_alloc();
    if (key == "003") throw 42;
    return {};
  };
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, kChain, settings);
    CHECK(to_string(ran.error("001")) == "b: 001: internal: unexpected exception: broken");
    CHECK(to_string(ran.error("002")) == "b: 002: out_of_memory: not enough memory");
    CHECK(to_string(ran.error("003")) == "b: 003: internal: unexpected exception");
    CHECK(ran.result.report.items.ok == 3);
  }
}

TEST_CASE("A sink's failure fails its item", "[engine]") {
  World world(5);
  world.hook = at(Phase::process, "out", "002", [] { return failure("io_error", "no"); });
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, kChain, settings);
    CHECK(to_string(ran.error("002")) == "out: 002: io_error: no");
    CHECK(ran.ended.at("002").outputs.empty());
  }
}

TEST_CASE("An item that fails at the source is admitted and fails there", "[engine]") {
  World world(10);
  world.hook = [](Phase phase, const std::string&, const std::string& key) -> Result<void> {
    if (phase == Phase::probe && key == "001") return failure("not_an_image", "no signature");
    if (phase == Phase::probe && key == "002") throw std::runtime_error("probing");
    if (phase == Phase::load && key == "003") return failure("truncated", "too short");
    if (phase == Phase::load && key == "004") throw std::bad_alloc();
    return {};
  };
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, kChain, settings);
    CHECK(to_string(ran.error("001")) == "read: 001: not_an_image: no signature");
    CHECK(to_string(ran.error("002")) == "read: 002: internal: unexpected exception: probing");
    CHECK(to_string(ran.error("003")) == "read: 003: truncated: too short");
    CHECK(to_string(ran.error("004")) == "read: 004: out_of_memory: not enough memory");
    CHECK(ran.result.report.items.admitted == 10);
    CHECK(ran.result.report.items.failed == 4);
    CHECK(ran.stage("read").total.count == 10);
    CHECK(ran.stage("read").total.failed == 4);
    CHECK(ran.stage("a").total.count == 6);
  }
}

TEST_CASE("An item that a node cannot plan fails before it is read", "[engine]") {
  World world(6);
  world.entries[2].width = 3;
  world.entries[4].width = 4;
  world.hook = [](Phase phase, const std::string& node, const std::string& demand) -> Result<void> {
    if (phase != Phase::plan || node != "b") return {};
    if (demand.starts_with("3x")) return failure("too_small", "3 pixels");
    if (demand.starts_with("4x")) throw std::runtime_error("planning");
    return {};
  };
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, kChain, settings);
    CHECK(to_string(ran.error("002")) == "b: 002: too_small: 3 pixels");
    CHECK(ran.error("004").message == "unexpected exception: planning");
    CHECK(ran.ended.at("002").lease_bytes == 0);
    CHECK(world.seen("read").calls == 4);
    CHECK(ran.result.report.items.ok == 4);
  }
}

TEST_CASE("What the observer throws ends the run, and all items are heard of", "[engine]") {
  World world(40);
  for (const Settings& settings : all_executors()) {
    std::atomic<int> heard = 0;
    const Run ran = run(world, kTwoBranches, settings, [&](const Item&) {
      if (++heard == 5) throw std::runtime_error("no room");
    });
    CHECK(ran.result.ending == Ending::outside);
    CHECK(ran.result.cause == "the observer threw: no room");
    CHECK(ran.result.report.items.ok >= 4);
  }
}

TEST_CASE("What the observer throws on the lister's thread ends the run", "[engine]") {
  class Throws final : public RunObserver {
    void listed(std::uint64_t) override { throw std::bad_alloc(); }
  };
  for (const bool is_serial : {true, false}) {
    World world(10);
    RunOptions options;
    options.environment.files = &world;
    Throws observer;
    const Graph graph = make_graph(kChain);
    const auto ran =
        (is_serial ? make_serial_executor() : make_flow_executor())->run(graph, options, observer);
    REQUIRE(ran);
    CHECK(ran->ending == Ending::outside);
    CHECK(ran->cause == "not enough memory");
    CHECK(ran->report.items.ended() == ran->report.items.admitted);
  }
}

TEST_CASE("What a filter of entries throws ends the run", "[engine]") {
  for (const bool is_serial : {true, false}) {
    World world(10);
    RunOptions options;
    options.environment.files = &world;
    options.takes = [](const std::string& key) -> bool {
      if (key == "005") throw std::runtime_error("cannot tell");
      return true;
    };
    RunObserver observer;
    const Graph graph = make_graph(kChain);
    const auto ran =
        (is_serial ? make_serial_executor() : make_flow_executor())->run(graph, options, observer);
    REQUIRE(ran);
    CHECK(ran->ending == Ending::outside);
    CHECK(ran->cause == "unexpected exception: cannot tell");
    CHECK(ran->report.items.ended() == ran->report.items.admitted);
  }
}

TEST_CASE("A folder that could not be listed is an item that fails", "[engine]") {
  World world(4);
  Error error("permission_denied", "cannot list this folder");
  error.item = "private";
  world.unreadable.push_back(error);
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, kChain, settings);
    CHECK(ran.listed == 5);
    CHECK(ran.result.report.items.ok == 4);
    CHECK(to_string(ran.error("private")) ==
          "read: private: permission_denied: cannot list this folder");
  }
}

TEST_CASE("A branch that fails leaves its siblings alone", "[engine]") {
  World world(20);
  world.hook = [](Phase phase, const std::string& node, const std::string& key) -> Result<void> {
    if (phase == Phase::process && node == "left" && key == "003") return failure("bad", "left");
    if (phase == Phase::process && key == "005" && node != "base") return failure("bad", "all");
    return {};
  };
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, R"(
      read: items
      base: step < read
      left: step < base
      middle: io_step < base
      right: step < base
      out1: store < left
      out2: collect < middle
      out3: serial_collect < right
    )",
                        settings);
    CHECK(ran.ended.at("003").outcome == Outcome::failed);
    CHECK(ran.error("003").node == "left");
    REQUIRE(ran.ended.at("003").outputs.size() == 2);
    CHECK(ran.ended.at("003").outputs[0].path == "out2/003");
    CHECK(ran.ended.at("003").outputs[1].path == "out3/003");
    const auto& errors = ran.ended.at("005").errors;
    REQUIRE(errors.size() == 3);
    CHECK(errors[0].node == "left");
    CHECK(errors[1].node == "middle");
    CHECK(errors[2].node == "right");
    CHECK(ran.result.report.items.ok == 18);
  }
}

TEST_CASE("A failure ahead of a fan-out ends every branch once", "[engine]") {
  World world(8);
  world.hook = at(Phase::process, "base", "003", [] { return failure("bad", "base"); });
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, R"(
      read: items
      base: step < read
      left: step < base
      right: io_step < base
      out1: store < left
      out2: store < right
    )",
                        settings);
    CHECK(ran.error("003").node == "base");
    CHECK(world.files().size() == 14);
  }
}

TEST_CASE("Scratch that cannot be made fails the item and is tried again", "[engine]") {
  World world(10);
  std::atomic<int> tries = 0;
  world.hook = [&](Phase phase, const std::string&, const std::string&) -> Result<void> {
    if (phase == Phase::scratch && tries++ == 0) return failure("no_font", "there is no font");
    return {};
  };
  for (const Settings& settings : all_executors()) {
    tries = 0;
    const Run ran = run(world, kChain, settings);
    CHECK(ran.result.report.items.failed == 1);
    CHECK(ran.result.report.items.ok == 9);
    for (const auto& [key, ended] : ran.ended) {
      if (ended.outcome == Outcome::failed)
        CHECK(to_string(ended.errors[0]) == "b: " + key + ": no_font: there is no font");
    }
  }
}

TEST_CASE("Scratch that throws while it is made fails the item", "[engine]") {
  World world(3);
  world.hook = [](Phase phase, const std::string&, const std::string&) -> Result<void> {
    if (phase == Phase::scratch) throw std::runtime_error("scratch");
    return {};
  };
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, kChain, settings);
    CHECK(ran.result.report.items.failed == 3);
    CHECK(ran.error("001").message == "unexpected exception: scratch");
  }
}

TEST_CASE("Nothing is run where a node cannot be opened", "[engine]") {
  World world(5);
  const Graph graph = make_graph(kChain);
  for (const Settings& settings : all_executors()) {
    world.hook = at(Phase::open, "b", "", [] { return failure("no_font", "there is no font"); });
    auto ran = try_run(world, graph, settings);
    REQUIRE_FALSE(ran.has_value());
    CHECK(to_string(ran.error()) == "b: no_font: there is no font");
    world.hook =
        at(Phase::open, "b", "", []() -> Result<void> { throw std::runtime_error("opening"); });
    ran = try_run(world, graph, settings);
    REQUIRE_FALSE(ran.has_value());
    CHECK(ran.error().message == "unexpected exception: opening");
    CHECK(world.log().empty());
  }
}

TEST_CASE("Nothing is run where the source cannot be listed", "[engine]") {
  World world(5);
  const Graph graph = make_graph(kChain);
  for (const Settings& settings : all_executors()) {
    world.hook = at(Phase::list, "read", "", [] { return failure("not_found", "no such folder"); });
    auto ran = try_run(world, graph, settings);
    REQUIRE_FALSE(ran.has_value());
    CHECK(ran.error().code == "not_found");
    CHECK(ran.error().message == "no such folder");
    world.hook = at(Phase::list, "read", "", []() -> Result<void> { throw 1; });
    CHECK_FALSE(try_run(world, graph, settings).has_value());
    CHECK(world.log().empty());
  }
}

TEST_CASE("A payload of a type that the node does not take is an error, not a crash", "[engine]") {
  const auto node = synthetic_nodes().find("step")->make();
  const ItemInfo info;
  const NodePlan plan;
  Payload number = Number{1};
  const auto result =
      node->process({&number, 1}, nullptr,
                    {.item = info, .plan = plan, .number = 0, .part = nullptr, .lease_bytes = 0});
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == "internal");
}

}  // namespace
}  // namespace imagemill::testing
