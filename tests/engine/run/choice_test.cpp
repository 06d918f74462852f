// Choices: which way an item takes, decided before it is read.
#include <stdexcept>

#include "tests/support/catch.h"
#include "tests/support/engine_fixtures.h"

namespace imagemill::testing {
namespace {

using Files = std::map<std::string, std::string>;

TEST_CASE("A route sends each item to the first output whose test it passes", "[engine]") {
  World world(6);
  for (std::size_t i = 0; i < 6; ++i) world.entries[i].bytes = 50 + 100 * i;
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, R"(
      read: items
      by_size: route < read outputs=small:<200,middle:<400,large
      a: step < by_size.small
      b: step < by_size.middle
      out_small: store < a
      out_middle: store < b
      out_large: collect < by_size.large
    )",
                        settings);
    CHECK(world.files() == Files{{"out_small/000", "000>a"},
                                 {"out_small/001", "001>a"},
                                 {"out_middle/002", "002>b"},
                                 {"out_middle/003", "003>b"},
                                 {"out_large/004", "004"},
                                 {"out_large/005", "005"}});
    CHECK(ran.result.report.items.ok == 6);
    CHECK(ran.stage("by_size").total.count == 6);
    CHECK(ran.stage("by_size").total.skipped == 0);
  }
}

TEST_CASE("What no output takes is skipped, and not even read", "[engine]") {
  World world(10);
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, R"(
      read: items
      a: step < read
      pick: route < a outputs=one:~1,two:~2
      out1: store < pick.one
      out2: store < pick.two
    )",
                        settings);
    CHECK(world.files() == Files{{"out1/001", "001>a"}, {"out2/002", "002>a"}});
    CHECK(ran.result.report.items.ok == 2);
    CHECK(ran.result.report.items.skipped == 8);
    CHECK(ran.stage("pick").total.count == 10);
    CHECK(ran.stage("pick").total.skipped == 8);
    CHECK(world.seen("read").calls == 2);
    CHECK(world.seen("a").calls == 2);
    CHECK(ran.ended.at("005").outcome == Outcome::skipped);
    CHECK(ran.ended.at("005").lease_bytes == 0);
  }
}

TEST_CASE("A filter skips a branch; the others go on", "[engine]") {
  World world(4);
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, R"(
      read: items
      only: filter < read keep=~3
      a: step < only
      out1: store < a
      out2: store < read
    )",
                        settings);
    CHECK(ran.result.report.items.ok == 4);
    CHECK(world.files().size() == 5);
    CHECK(world.get("out1/003") == "003>a");
    CHECK(world.seen("a").calls == 1);
    CHECK(ran.stage("only").total.skipped == 3);
  }
}

TEST_CASE("Choices follow each other, and fork", "[engine]") {
  World world(20);
  for (const Settings& settings : all_executors()) {
    run(world, R"(
      read: items
      tens: route < read outputs=first:~00,second:~01
      even: filter < tens.first keep=~4
      three: filter < tens.first keep=~3
      a: step < even in_place=true
      b: step < three in_place=true
      out1: store < a
      out2: store < b
      out3: store < tens.second
    )",
        settings);
    CHECK(world.files().size() == 12);
    CHECK(world.get("out1/004") == "004>a");
    CHECK(world.get("out2/003") == "003>b");
    CHECK(world.get("out3/014") == "014");
  }
}

TEST_CASE("What does not come to a sink claims no path there", "[engine]") {
  World world(4);
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, R"(
      read: items
      pick: route < read outputs=one:~1,rest
      out1: store < pick.one path=same/{name}
      out2: store < pick.rest path=same/{name}
    )",
                        settings);
    CHECK(ran.result.report.items.ok == 4);
    CHECK(world.files().size() == 4);
  }
}

TEST_CASE("A choice behind a failed node passes the failure on", "[engine]") {
  World world(4);
  world.hook = [](Phase phase, const std::string& node, const std::string& key) -> Result<void> {
    if (phase == Phase::process && node == "a" && key == "002") return failure("bad", "no");
    return {};
  };
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, R"(
      read: items
      a: step < read
      pick: route < a outputs=x:<1000,y
      out1: store < pick.x
      out2: store < pick.y
    )",
                        settings);
    CHECK(ran.result.report.items.ok == 3);
    CHECK(to_string(ran.error("002")) == "a: 002: bad: no");
  }
}

TEST_CASE("A choice that throws fails the item, under its own name", "[engine]") {
  World world(4);
  world.hook = [](Phase phase, const std::string& node, const std::string& key) -> Result<void> {
    if (phase == Phase::choose && node == "pick" && key == "002") throw std::runtime_error("oh");
    return {};
  };
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, R"(
      read: items
      pick: filter < read keep=<1000
      out: store < pick
    )",
                        settings);
    CHECK(ran.result.report.items.ok == 3);
    CHECK(to_string(ran.error("002")) == "pick: 002: internal: unexpected exception: oh");
  }
}

TEST_CASE("A node that throws as it plans fails the item, under its own name", "[engine]") {
  World world(3);
  world.hook = [](Phase phase, const std::string& node, const std::string&) -> Result<void> {
    if (phase == Phase::plan && node == "a") throw std::runtime_error("oh");
    return {};
  };
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, "read: items\n a: step < read\n out: store < a", settings);
    CHECK(ran.result.report.items.failed == 3);
    CHECK(to_string(ran.error("002")) == "a: 002: internal: unexpected exception: oh");
  }
}

}  // namespace
}  // namespace imagemill::testing
