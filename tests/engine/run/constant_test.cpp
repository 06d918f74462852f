// Constants: loaded once, the same for every item, never changed.
#include "tests/support/catch.h"
#include "tests/support/engine_fixtures.h"

namespace imagemill::testing {
namespace {

constexpr std::string_view kGraph = R"(
  read: items
  logo: note bytes=300
  a: step < read
  j: join < a:a < b:logo
  k: join < a:logo < b:j in_place=true
  out: store < k
)";

TEST_CASE("A constant is an input of every item", "[engine]") {
  World world(40);
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, kGraph, settings);
    CHECK(ran.result.report.items.ok == 40);
    CHECK(world.get("out/007") == "(=logo+(007>a+=logo)>j)>k");
    CHECK(world.get("out/039") == "(=logo+(039>a+=logo)>j)>k");
  }
}

TEST_CASE("A constant is loaded once a run", "[engine]") {
  World world(10);
  std::atomic<int> loads = 0;
  world.hook = [&](Phase phase, const std::string& node, const std::string&) -> Result<void> {
    if (phase == Phase::load && node == "logo") ++loads;
    return {};
  };
  int runs = 0;
  for (const Settings& settings : all_executors()) {
    run(world, kGraph, settings);
    CHECK(loads == ++runs);
  }
}

TEST_CASE("A constant that cannot be loaded is an error of the run", "[engine]") {
  World world(10);
  world.hook = [&](Phase phase, const std::string& node, const std::string&) -> Result<void> {
    if (phase == Phase::load && node == "logo") return failure("not_found", "no such file");
    return {};
  };
  const Graph graph = make_graph(kGraph);
  for (const Settings& settings : all_executors()) {
    const auto ran = try_run(world, graph, settings);
    REQUIRE_FALSE(ran.has_value());
    CHECK(to_string(ran.error()) == "logo: not_found: no such file");
    CHECK(world.log().empty());
  }
}

TEST_CASE("A constant's memory comes off the budget", "[engine]") {
  World world(40);
  for (Settings settings : all_executors()) {
    settings.memory = 5000;
    CHECK(run(world, kGraph, settings).result.report.memory_limit_bytes == 4700);
    settings.memory = 300;  // nothing is left for items: they run alone
    const Run ran = run(world, kGraph, settings);
    CHECK(ran.result.report.memory_limit_bytes == 0);
    CHECK(ran.result.report.items.ok == 40);
    CHECK(ran.result.report.memory_peak_bytes == ran.result.report.largest_item_bytes);
  }
}

TEST_CASE("Constants that together do not fit the budget are refused before the run", "[engine]") {
  World world(10);
  const Graph graph = make_graph(R"(
    read: items
    logo: note bytes=300
    seal: note bytes=200
    j: join < a:read < b:logo
    k: join < a:j < b:seal
    out: store < k
  )");
  for (Settings settings : all_executors()) {
    settings.memory = 500;
    CHECK(try_run(world, graph, settings)->result.report.memory_limit_bytes == 0);
    world.clear();
    settings.memory = 499;
    const auto ran = try_run(world, graph, settings);
    REQUIRE_FALSE(ran.has_value());
    CHECK(to_string(ran.error()) == "seal: too_much_memory: too large");
    CHECK(world.log().empty());
  }
}

TEST_CASE("A node in place over a constant makes a copy, which is leased", "[engine]") {
  World world(3);
  for (const Settings& settings : all_executors()) {
    // 100 read; the copy has the constant's 300.
    const Run ran = run(world, R"(
      read: items
      canvas: note bytes=300
      j: join < a:canvas < b:read in_place=true
      out: store < j
    )",
                        settings);
    CHECK(ran.ended.at("001").lease_bytes == 400);
    CHECK(world.peak_of("001") == 400);
    // Over what flows, it needs none.
    const Run over = run(world, R"(
      read: items
      logo: note bytes=300
      j: join < a:read < b:logo in_place=true
      out: store < j
    )",
                         settings);
    CHECK(over.ended.at("001").lease_bytes == 100);
    CHECK(world.peak_of("001") == 100);
  }
}

TEST_CASE("A constant joins each part", "[engine]") {
  World world(5);
  for (const Settings& settings : all_executors()) {
    run(world, R"(
      read: items
      logo: note
      cut: split < read parts=3
      j: join < a:cut < b:logo
      out: store < j parts=true
    )",
        settings);
    CHECK(world.files().size() == 15);
    CHECK(world.get("out/003.2") == "(003#2+=logo)>j");
  }
}

}  // namespace
}  // namespace imagemill::testing
