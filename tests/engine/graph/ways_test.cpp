// Ways through a graph: choices, joins, constants, and several packets of one item.
#include <algorithm>
#include <atomic>

#include "engine/graph/peak_memory.h"
#include "tests/support/catch.h"
#include "tests/support/engine_fixtures.h"

namespace imagemill::testing {
namespace {

using Names = std::vector<std::string>;

// The plans of an item by the names of the nodes; of 100 bytes, 400 × 300.
class Planned {
 public:
  explicit Planned(std::string_view lines, const std::string& key = "a")
      : graph_(make_graph(lines)) {
    const Facts facts{
        .width = 400, .height = 300, .format = "text", .extension = "txt", .bytes = 100};
    plans_ = graph_.plan({.index = 0, .key = key, .facts = facts}).value();
  }
  const NodePlan& operator[](std::string_view name) const {
    for (std::size_t i = 0; i < plans_.size(); ++i) {
      if (graph_.nodes()[i].name == name) return plans_[i];
    }
    throw std::out_of_range(std::string(name));
  }
  std::uint64_t peak(int workers = 8) const { return graph_.peak_bytes(plans_, workers); }

 private:
  Graph graph_;
  std::vector<NodePlan> plans_;
};

int calls(const World& world, const std::string& call) {
  const auto log = world.log();
  return static_cast<int>(std::count(log.begin(), log.end(), call));
}

using Texts = std::map<std::string, std::string>;

constexpr const char* kTwoWays = R"(
  read: items
  way: choose < read to.a=a to.b=b
  small: step < way.a width=20 bytes=50
  large: step < way.b width=150 bytes=5000
  out1: store < small
  out2: store < large
)";

TEST_CASE("An item is planned on the way that it takes, and no other", "[engine]") {
  const Planned a(kTwoWays, "a");
  CHECK(a["way"].choice == std::size_t{0});
  CHECK(a["small"].packets == 1);
  CHECK(a["large"].packets == 0);
  CHECK(a["out1"].claims == Names{"out1/a"});
  CHECK(a["out2"].claims.empty());
  const Planned b(kTwoWays, "b");
  CHECK(b["way"].choice == std::size_t{1});
  CHECK(b["small"].packets == 0);
  CHECK(b["out1"].claims.empty());
  CHECK(b["out2"].claims == Names{"out2/b"});
}

TEST_CASE("A way that is not taken costs nothing and wants nothing", "[engine]") {
  const Planned a(kTwoWays, "a");
  CHECK(a.peak() == 150);
  CHECK((a["read"].demand == Demand{40, 30}));
  CHECK((a["way"].demand == Demand{40, 30}));
  const Planned b(kTwoWays, "b");
  CHECK(b.peak() == 5100);
  CHECK((b["read"].demand == Demand{300, 225}));
}

TEST_CASE("An item that goes nowhere is skipped, and not read", "[engine]") {
  const std::string graph =
      GENERATE(std::string(kTwoWays), std::string("read: items\n k: keep < read part=a\n"
                                                  "s: step < k\n out: store < s"));
  World world(Names{"a", "x", "y", "a2"});
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, graph, settings);
    CHECK(ran.result.report.items.ok == 2);
    CHECK(ran.result.report.items.skipped == 2);
    CHECK(ran.ended.at("x").outcome == Outcome::skipped);
    CHECK(ran.ended.at("x").lease_bytes == 0);
    CHECK(calls(world, "read:a") == 1);
    CHECK(calls(world, "read:x") == 0);
    CHECK(calls(world, "read:y") == 0);
  }
}

TEST_CASE("A choice counts what came to it and what it has skipped", "[engine]") {
  World world(Names{"a1", "a2", "b", "x"});
  for (const Settings& settings : all_executors()) {
    const Run ran =
        run(world,
            "read: items\n one: choose < read to.a=a to.b=b\n two: keep < one.a part=1\n"
            "out1: store < two\n out2: store < one.b",
            settings);
    CHECK(ran.stage("one").total.count == 4);
    CHECK(ran.stage("one").total.skipped == 1);
    CHECK(ran.stage("two").total.count == 2);
    CHECK(ran.stage("two").total.skipped == 1);
    CHECK(world.files() == Texts{{"out1/a1", "a1"}, {"out2/b", "b"}});
  }
}

TEST_CASE("A choice splits one branch while another goes on", "[engine]") {
  World world(Names{"a", "b"});
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world,
                        "read: items\n s: step < read\n k: keep < s part=a\n out1: store < k\n"
                        "out2: store < s\n out3: store < k",
                        settings);
    CHECK(ran.result.report.items.ok == 2);
    CHECK(world.files() ==
          Texts{{"out1/a", "a>s"}, {"out3/a", "a>s"}, {"out2/a", "a>s"}, {"out2/b", "b>s"}});
  }
}

constexpr const char* kDiamond = R"(
  read: items
  a: step < read
  b1: io_step < read
  b2: serial_step < b1
  join: pair < second:b2 < first:a
  after: step < join
  out: store < after
)";

TEST_CASE("A join pairs the branches of an item by port", "[engine]") {
  World world(20);
  for (const Settings& settings : all_executors()) {
    run(world, kDiamond, settings);
    CHECK(world.files().size() == 20);
    CHECK(world.get("out/007") == "(007>a+007>b1>b2)>after");
  }
}

TEST_CASE("Both inputs of a join may be one output", "[engine]") {
  World world(Names{"x"});
  for (const Settings& settings : all_executors()) {
    run(world, "read: items\n p: pair < first:read < second:read in_place=true\n out: store < p",
        settings);
    CHECK(world.get("out/x") == "(x+x)");
  }
}

TEST_CASE("A branch that fails fails its item once, and the join is passed over", "[engine]") {
  World world(10);
  const std::string culprit = GENERATE(as<std::string>(), "a", "b1", "b2", "join");
  world.hook = [&](Phase phase, const std::string& node, const std::string& key) -> Result<void> {
    if (phase == Phase::process && node == culprit && key == "004") return failure("bad", "bad");
    return {};
  };
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, kDiamond, settings);
    CHECK(ran.error("004").node == culprit);
    CHECK(ran.result.report.items.ok == 9);
    CHECK(ran.result.report.items.failed == 1);
    CHECK(calls(world, "join:004") == (culprit == "join" ? 1 : 0));
    CHECK(calls(world, "after:004") == 0);
    CHECK(ran.stage("after").total.count == 9);
  }
}

TEST_CASE("Where both branches fail, both are named", "[engine]") {
  World world(3);
  world.hook = [](Phase phase, const std::string& node, const std::string& key) -> Result<void> {
    if (phase == Phase::process && (node == "a" || node == "b2") && key == "001")
      return failure("bad", "bad");
    return {};
  };
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, kDiamond, settings);
    const auto& errors = ran.ended.at("001").errors;
    REQUIRE(errors.size() == 2);
    CHECK(errors[0].node == "a");
    CHECK(errors[1].node == "b2");
  }
}

TEST_CASE("What can't be joined is not made", "[engine]") {
  World world(Names{"a", "b"});
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, R"(
      read: items
      k: keep < read part=a
      left: step < k
      right: step < read
      join: pair < first:left < second:right
      out: store < join
    )",
                        settings);
    CHECK(ran.ended.at("b").outcome == Outcome::skipped);
    CHECK(calls(world, "right:b") == 0);
    CHECK(calls(world, "right:a") == 1);
    CHECK(world.files() == Texts{{"out/a", "(a>left+a>right)"}});
  }
}

TEST_CASE("Where nothing can be both, no item goes through a join", "[engine]") {
  World world(Names{"a", "b"});
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, R"(
      read: items
      way: choose < read to.a=a to.b=b
      join: pair < first:way.a < second:way.b
      out: store < join
    )",
                        settings);
    CHECK(ran.result.report.items.skipped == 2);
  }
}

TEST_CASE("A join's peak holds both branches and what it makes of them", "[engine]") {
  // 100 read, 200 and 300 of the branches, 1000 + 50 of the join.
  CHECK(Planned("read: items\n a: step < read bytes=200\n b: step < read bytes=300\n"
                "p: pair < first:a < second:b bytes=1000 scratch_bytes=50\n out: store < p")
            .peak() == 100 + 200 + 300 + 1050);
  // With a constant it is a node like any other.
  CHECK(Planned("read: items\n c: stamp\n p: pair < first:read < second:c bytes=1000\n"
                "out: store < p")
            .peak() == 1100);
  CHECK(Planned("read: items\n c: stamp\n"
                "p: pair < first:read < second:c bytes=1000 in_place=true\n out: store < p")
            .peak() == 1000);
  // A node may take over its first input only.
  CHECK(Planned("read: items\n c: stamp\n"
                "p: pair < first:c < second:read bytes=1000 in_place=true\n out: store < p")
            .peak() == 1100);
}

TEST_CASE("A constant is loaded once and comes to every item", "[engine]") {
  World world(5);
  int loads = 0;
  world.hook = [&](Phase phase, const std::string& node, const std::string&) -> Result<void> {
    if (phase == Phase::load && node == "logo") ++loads;
    return {};
  };
  for (const Settings& settings : all_executors()) {
    loads = 0;
    run(world, R"(
      logo: stamp
      read: items
      first: pair < first:logo < second:read in_place=true
      second: pair < first:first < second:logo
      out: store < second
    )",
        settings);
    CHECK(loads == 1);
    CHECK(world.get("out/003") == "((logo+003)+logo)");
  }
}

TEST_CASE("Without its constants a run does not begin", "[engine]") {
  World world(5);
  world.hook = [](Phase phase, const std::string& node, const std::string&) -> Result<void> {
    if (phase == Phase::load && node == "logo") return failure("not_found", "no logo");
    return {};
  };
  const Graph graph =
      make_graph("logo: stamp\n read: items\n p: pair < first:read < second:logo\n out: store < p");
  for (const Settings& settings : all_executors()) {
    const auto ran = try_run(world, graph, settings);
    REQUIRE_FALSE(ran);
    CHECK(to_string(ran.error()) == "logo: not_found: no logo");
  }
}

TEST_CASE("The parts of an item are numbered and written each by itself", "[engine]") {
  World world(10);
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, R"(
      read: items
      s: cut < read count=3
      a: step < s
      out: store < a path={name}-{number}_{level}_{column}_{row}
      more: store < s path=more/{name}/{column}/{row}
    )",
                        settings);
    CHECK(ran.result.report.items.ok == 10);
    CHECK(world.files().size() == 60);
    CHECK(world.get("007-0_7_0_0") == "007#0>a");
    CHECK(world.get("007-2_7_2_-2") == "007#2>a");
    CHECK(world.get("more/007/1/-1") == "007#1");
    CHECK(ran.stage("s").total.count == 10);
    CHECK(ran.stage("a").total.count == 30);
  }
}

TEST_CASE("Parts are joined by number, whichever comes first", "[engine]") {
  World world(10);
  for (const Settings& settings : all_executors()) {
    run(world, R"(
      read: items
      logo: stamp
      up: step < read
      s1: cut < up count=50
      s2: cut < read count=50
      slow: io_step < s1 concurrency=3
      p: pair < first:slow < second:s2
      marked: pair < first:p < second:logo
      out: store < marked path={name}.{number}
    )",
        settings);
    CHECK(world.files().size() == 500);
    CHECK(world.get("003.41") == "((003>up#41>slow+003#41)+logo)");
  }
}

TEST_CASE("A part that fails fails its item, and the others are written", "[engine]") {
  World world(Names{"a", "b"});
  std::atomic<int> parts = 0;
  world.hook = [&](Phase phase, const std::string& node, const std::string& key) -> Result<void> {
    if (phase == Phase::process && node == "step" && key.starts_with("b#") && parts++ == 1)
      return failure("bad", "bad");
    return {};
  };
  for (const Settings& settings : all_executors()) {
    parts = 0;
    const Run ran = run(world,
                        "read: items\n s: cut < read count=4\n step: step < s\n"
                        "out: store < step path={name}.{number}",
                        settings);
    CHECK(ran.error("b").node == "step");
    CHECK(ran.ended.at("a").outputs.size() == 4);
    CHECK(ran.ended.at("b").outputs.size() == 3);
  }
}

TEST_CASE("Where the splitting fails, no part is waited for", "[engine]") {
  World world(Names{"a", "b"});
  world.hook = [&](Phase phase, const std::string& node, const std::string& key) -> Result<void> {
    if (phase == Phase::process && node == "s1" && key == "b") return failure("bad", "bad");
    return {};
  };
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, R"(
      read: items
      s1: cut < read count=4
      s2: cut < read count=4
      p: pair < first:s1 < second:s2
      out: store < p path={name}.{number}
    )",
                        settings);
    CHECK(ran.error("b").node == "s1");
    CHECK(world.files().size() == 4);
  }
}

TEST_CASE("Parts of different numbers can't be joined, which is said before they are made",
          "[engine]") {
  World world(Names{"a"});
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, R"(
      read: items
      s1: cut < read count=4
      s2: cut < read count=5
      p: pair < first:s1 < second:s2
      out: store < p path={name}.{number}
    )",
                        settings);
    CHECK(to_string(ran.error("a")) ==
          "p: a: unequal_parts: its inputs come in different numbers: 4 and 5");
    CHECK(calls(world, "read:a") == 0);
  }
}

TEST_CASE("The peak of parts is all of them, and of those that run their input", "[engine]") {
  // 100 read; 4 parts of 30, each as 200 at most, and 30 + 200 while it is made.
  const Planned parts(
      "read: items\n s: cut < read count=4 bytes=30\n a: step < s bytes=200\n"
      "out: store < a path={name}.{number}");
  constexpr std::uint64_t kRecords = 4 * (kBytesAPacket + kBytesAClaim);
  CHECK(parts.peak(1) == 4 * 200 + 30 + kRecords);
  CHECK(parts.peak(3) == 4 * 200 + 3 * 30 + kRecords);
  CHECK(parts.peak(8) == 4 * 230 + kRecords);
  // Joined, both sides wait in full, and the join runs on all of them.
  CHECK(Planned("read: items\n s1: cut < read count=4 bytes=30\n"
                "s2: cut < read count=4 bytes=40\n"
                "p: pair < first:s1 < second:s2 bytes=7 scratch_bytes=1\n"
                "out: store < p path={name}.{number}")
            .peak() == 100 + 4 * 30 + 4 * 40 + 4 * 8 + 4 * (2 * kBytesAPacket + kBytesAClaim));
}

}  // namespace
}  // namespace imagemill::testing
