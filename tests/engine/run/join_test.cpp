// Joins: packets of several branches come together, or none of them waits.
#include <atomic>
#include <chrono>
#include <thread>

#include "tests/support/catch.h"
#include "tests/support/engine_fixtures.h"

namespace imagemill::testing {
namespace {

using namespace std::chrono_literals;
using Files = std::map<std::string, std::string>;

constexpr std::string_view kJoin = R"(
  read: items concurrency=2
  a: step < read
  b: io_step < read
  j: join < a:a < b:b
  out: store < j
)";

TEST_CASE("A join takes what comes by port, whichever comes first", "[engine]") {
  World world(60);
  for (const char* slow : {"a", "b"}) {
    world.hook = [slow](Phase phase, const std::string& node, const std::string&) -> Result<void> {
      if (phase == Phase::process && node == slow) std::this_thread::sleep_for(50us);
      return {};
    };
    for (const Settings& settings : all_executors()) {
      const Run ran = run(world, kJoin, settings);
      CHECK(ran.result.report.items.ok == 60);
      CHECK(ran.stage("j").total.count == 60);
      CHECK(world.get("out/017") == "(017>a+017>b)>j");
    }
  }
}

TEST_CASE("A join may have three inputs, twice the same one, and be behind another", "[engine]") {
  World world(30);
  for (const Settings& settings : all_executors()) {
    run(world, R"(
      read: items
      a: step < read in_place=true
      b: step < a in_place=true
      j: join3 < a:read < b:b < c:a
      k: serial_join < a:j < b:j in_place=true
      l: io_join < a:k < b:read
      out1: store < l
      out2: collect < k
    )",
        settings);
    CHECK(world.get("out2/007") == "((007+007>a>b+007>a)>j+(007+007>a>b+007>a)>j)>k");
    CHECK(world.get("out1/007") == "(((007+007>a>b+007>a)>j+(007+007>a>b+007>a)>j)>k+007)>l");
  }
}

TEST_CASE("Behind a failed branch no join runs, and the branch's node is named", "[engine]") {
  World world(30);
  world.hook = [](Phase phase, const std::string& node, const std::string& key) -> Result<void> {
    if (phase != Phase::process) return {};
    if (node == "b" && key == "003") return failure("bad", "b failed");
    if (node == "a" && key == "004") throw std::runtime_error("a threw");
    if (node < "c" && key == "005") return failure("bad", "both failed");
    return {};
  };
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, kJoin, settings);
    CHECK(ran.result.ending == Ending::complete);
    CHECK(ran.result.report.items.ok == 27);
    CHECK(to_string(ran.error("003")) == "b: 003: bad: b failed");
    CHECK(to_string(ran.error("004")) == "a: 004: internal: unexpected exception: a threw");
    const auto& both = ran.ended.at("005").errors;
    REQUIRE(both.size() == 2);
    CHECK(both[0].node == "a");
    CHECK(both[1].node == "b");
    CHECK(world.seen("j").calls == 27);
    CHECK(world.get("out/003") == std::nullopt);
  }
}

TEST_CASE("A join that fails fails its item under its own name", "[engine]") {
  World world(10);
  world.hook = [](Phase phase, const std::string& node, const std::string& key) -> Result<void> {
    if (phase == Phase::process && node == "j" && key == "003") return failure("bad", "no");
    return {};
  };
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, kJoin, settings);
    CHECK(ran.result.report.items.ok == 9);
    CHECK(to_string(ran.error("003")) == "j: 003: bad: no");
  }
}

TEST_CASE("A join that a filter leaves without one input does not run", "[engine]") {
  World world(10);
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, R"(
      read: items
      some: filter < read keep=~4
      a: step < some
      b: step < read
      c: step < b
      j: join < a:a < b:c
      out1: store < j
      out2: store < b
    )",
                        settings);
    CHECK(ran.result.report.items.ok == 10);
    CHECK(world.seen("j").calls == 1);
    CHECK(world.seen("c").calls == 1);  // of what only leads to the join, nothing runs either
    CHECK(world.files().size() == 11);
    CHECK(world.get("out1/004") == "(004>a+004>b>c)>j");
  }
}

TEST_CASE("An item whose only way leads to a starved join is skipped", "[engine]") {
  World world(10);
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, R"(
      read: items
      pick: route < read outputs=x:~2,y
      a: step < pick.x
      j: join < a:a < b:pick.y
      k: join3 < a:j < b:read < c:read
      out: store < k
    )",
                        settings);
    CHECK(ran.result.report.items.skipped == 10);
    CHECK(world.seen("read").calls == 0);
    CHECK(world.files().empty());
  }
}

TEST_CASE("Joins behind the branches of a route run where the item goes", "[engine]") {
  World world(10);
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, R"(
      read: items
      b: step < read
      pick: route < read outputs=x:~2,y
      j: join < a:pick.x < b:b
      k: join < a:b < b:pick.y
      out1: store < j
      out2: store < k
    )",
                        settings);
    CHECK(ran.result.report.items.ok == 10);
    CHECK(world.seen("j").calls == 1);
    CHECK(world.seen("k").calls == 9);
    CHECK(world.get("out1/002") == "(002+002>b)>j");
    CHECK(world.get("out2/003") == "(003>b+003)>k");
  }
}

TEST_CASE("At a stop, what waits at a join is cancelled with its item", "[engine]") {
  World world(200);
  for (Settings settings : all_executors()) {
    std::stop_source source;
    settings.stop = source.get_token();
    world.hook = [&](Phase phase, const std::string& node, const std::string& key) -> Result<void> {
      // One branch has got to the join, or will; the other stops the run.
      if (phase == Phase::process && node == "b" && key == "004") source.request_stop();
      return {};
    };
    const Run ran = run(world, kJoin, settings);
    CHECK(ran.result.ending == Ending::stopped);
    CHECK(ran.ended.at("004").outcome == Outcome::cancelled);
    CHECK(ran.ended.at("004").errors.empty());
    CHECK(ran.ended.at("004").outputs.empty());
  }
}

TEST_CASE("A failed branch outweighs one that was cancelled, at a join as well", "[engine]") {
  World world(10);
  for (Settings settings : all_executors()) {
    std::stop_source source;
    settings.stop = source.get_token();
    world.hook = [&](Phase phase, const std::string& node, const std::string& key) -> Result<void> {
      if (phase != Phase::process || node != "a" || key != "002") return {};
      source.request_stop();
      return failure("bad", "and stopped");
    };
    const Run ran = run(world, kJoin, settings);
    CHECK(ran.ended.at("002").outcome == Outcome::failed);
    CHECK(ran.error("002").node == "a");
  }
}

TEST_CASE("What waits at a join is part of the item's lease", "[engine]") {
  World world(3);
  for (const Settings& settings : all_executors()) {
    // 100 read, 1000 and 300 wait; j takes both and makes 50, with 7 beside.
    const Run ran = run(world, R"(
      read: items
      a: step < read bytes=1000
      b: step < read bytes=300
      j: join < a:a < b:b bytes=50 scratch_bytes=7
      out: store < j
    )",
                        settings);
    CHECK(ran.ended.at("001").lease_bytes == 100 + 1000 + 300 + 57);
    CHECK(world.peak_of("001") >= 1000 + 300 + 57);
  }
}

}  // namespace
}  // namespace imagemill::testing
