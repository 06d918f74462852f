// The plan of an item is made before its admission: sizes, demands, memory, paths.
#include "engine/graph/graph.h"
#include "tests/support/catch.h"
#include "tests/support/engine_fixtures.h"

namespace imagemill::testing {
namespace {

// The plans of a graph by the names of its nodes.
class Planned {
 public:
  explicit Planned(std::string_view lines, std::int64_t width = 400, std::int64_t height = 300)
      : graph_(make_graph(lines)) {
    const Facts facts{
        .width = width, .height = height, .format = "text", .extension = "txt", .bytes = 100};
    plans_ = graph_.plan({.index = 0, .key = "cats/a.png", .facts = facts}).value();
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

TEST_CASE("Sizes are folded forwards from node to node", "[engine]") {
  const Planned plan(
      "read: items\n a: step < read width=200\n b: step < a bytes=7\n out: store < b");
  CHECK(plan["read"].plan.out.width == 400);
  CHECK(plan["a"].in.width == 400);
  CHECK(plan["a"].plan.out.width == 200);
  CHECK(plan["a"].plan.out.height == 150);
  CHECK(plan["b"].in.width == 200);
  CHECK(plan["b"].plan.out.bytes == 7);
  CHECK(plan["out"].in.bytes == 7);
}

TEST_CASE("What is still useful is folded backwards along a chain", "[engine]") {
  const Planned plan("read: items\n a: step < read\n b: step < a width=50\n out: store < b");
  CHECK((plan["read"].demand == Demand{100, 75}));
  CHECK((plan["a"].demand == Demand{100, 75}));
  CHECK((plan["b"].demand == Demand{50, 37}));  // a sink wants all that it gets
}

TEST_CASE("The largest demand of several branches decides", "[engine]") {
  const Planned plan(R"(
    read: items
    base: step < read
    small: step < base width=20
    large: step < base width=80
    out1: store < small
    out2: store < large
  )");
  CHECK((plan["base"].demand == Demand{160, 120}));
  CHECK((plan["read"].demand == Demand{160, 120}));
  const Planned whole(R"(
    read: items
    small: step < read width=20
    out1: store < small
    out2: store < read
  )");
  CHECK((whole["read"].demand == Demand{400, 300}));
}

TEST_CASE("A demand takes the larger of each direction", "[engine]") {
  CHECK((larger(Demand{10, 200}, Demand{30, 100}) == Demand{30, 200}));
}

TEST_CASE("A node plans with the final demand on its output", "[engine]") {
  World world(1);
  std::vector<std::string> demands;
  world.hook = [&](Phase phase, const std::string& node,
                   const std::string& demand) -> Result<void> {
    if (phase == Phase::plan && node == "decode") demands.push_back(demand);
    return {};
  };
  world.entries[0].width = 400;
  world.entries[0].height = 300;
  run(world,
      "read: items\n decode: step < read\n resize: step < decode width=50\n out: store < resize",
      {.serial = true});
  // First as if everybody wanted all, then with what they really want.
  CHECK(demands == std::vector<std::string>{"400x300", "100x75"});
}

TEST_CASE("A sink's path is claimed from its template", "[engine]") {
  const Planned plan("read: items\n out: store < read path=x/{dir}/{stem}.{ext}");
  CHECK(plan["out"].claims == std::vector<std::string>{"x/cats/a.txt"});
  CHECK(plan["read"].claims.empty());
}

TEST_CASE("A chain's peak is its largest input with scratch and output", "[engine]") {
  // read 100; a: 100 + 30 + 1000 = 1130; b: 1000 + 500 = 1500; out: 500.
  CHECK(Planned(R"(
    read: items
    a: step < read bytes=1000B scratch_bytes=30B
    b: step < a bytes=500B
    out: store < b
  )")
            .peak() == 1500);
  // a: 100 + 900 + 1000 = 2000 is the most.
  CHECK(Planned(R"(
    read: items
    a: step < read bytes=1000B scratch_bytes=900B
    b: step < a bytes=500B
    out: store < b
  )")
            .peak() == 2000);
  CHECK(Planned("read: items\n out: store < read").peak() == 100);
}

TEST_CASE("A node that works in place needs its scratch only", "[engine]") {
  CHECK(Planned("read: items\n a: step < read in_place=true scratch_bytes=7B\n out: store < a")
            .peak() == 107);
  CHECK(Planned("read: items\n a: step < read in_place=true bytes=300B\n out: store < a").peak() ==
        300);
  // A node that shrinks in place held its whole input before.
  CHECK(
      Planned(
          "read: items\n a: step < read in_place=true bytes=10B scratch_bytes=5B\n out: store < a")
          .peak() == 105);
}

TEST_CASE("Branches add up beside the output that they share", "[engine]") {
  // 100 shared, 1000 + 40 and 200: all may be held at once.
  CHECK(Planned(R"(
    read: items
    a: step < read bytes=1000B scratch_bytes=40B
    b: step < read bytes=200B
    out1: store < a
    out2: store < b
  )")
            .peak() == 100 + 1040 + 200);
  // In place is no help where the input is shared.
  CHECK(Planned(R"(
    read: items
    a: step < read in_place=true
    b: step < read in_place=true
    out1: store < a
    out2: store < b
  )")
            .peak() == 300);
  // A later node on a branch may need more: 200 + 3000.
  CHECK(Planned(R"(
    read: items
    base: step < read bytes=50B
    a: step < base bytes=200B
    a2: step < a bytes=3000B
    b: step < base bytes=10B
    out1: store < a2
    out2: store < b
  )")
            .peak() == 50 + 3200 + 10);
  // Two fan-outs within each other.
  CHECK(Planned(R"(
    read: items
    a: step < read bytes=10B
    b: step < read bytes=20B
    c: step < a bytes=300B
    d: step < a bytes=400B
    out1: store < c
    out2: store < d
    out3: store < b
  )")
            .peak() == 100 + (10 + 300 + 400) + 20);
}

TEST_CASE("No more branches run than there are workers", "[engine]") {
  // Shared: 100. Each branch: 50 that wait, and 1000 of scratch while they are made.
  std::string lines = "read: items\n";
  for (int i = 0; i < 20; ++i) {
    const std::string n = std::to_string(i);
    lines += "a" + n + ": step < read bytes=50B scratch_bytes=1000B\n";
    lines += "out" + n + ": store < a" + n + "\n";
  }
  const Planned plan(lines);
  CHECK(plan.peak(1) == 100 + 20 * 50 + 1000);
  CHECK(plan.peak(3) == 100 + 20 * 50 + 3 * 1000);
  CHECK(plan.peak(64) == 100 + 20 * 50 + 20 * 1000);
  // On threads of their own, all of them may run.
  std::string io = lines;
  for (std::size_t at = 0; (at = io.find(": step", at)) != std::string::npos; ++at) {
    io.replace(at, 6, ": io_step");
  }
  CHECK(Planned(io).peak(1) == 100 + 20 * 1050);
}

TEST_CASE("An item's lease is the peak of its plan", "[engine]") {
  World world(3);
  world.entries[1].bytes = 5000;
  for (const Settings& settings : all_executors()) {
    const Run ran =
        run(world, "read: items\n a: step < read scratch_bytes=11B\n out: store < a", settings);
    CHECK(ran.ended.at("000").lease_bytes == 211);
    CHECK(ran.ended.at("001").lease_bytes == 10'011);
    CHECK(ran.result.report.largest_item_bytes == 10'011);
  }
}

}  // namespace
}  // namespace imagemill::testing
