// Losses of outputs although no node failed: kept by the item, counted by the run.
#include "tests/support/catch.h"
#include "tests/support/engine_fixtures.h"

namespace imagemill::testing {
namespace {

constexpr LossKind kLetters{"missing_letters", "letters are missing"};
constexpr LossKind kColour{"lost_colour", "the colour is lost"};

TEST_CASE("What a node loses is kept by the item and counted by the run", "[engine]") {
  World world(20);
  world.lose = [](const std::string& node, const std::string& key, const Losses& losses) {
    if (node == "a" && key >= "015") losses.add(kLetters, "no " + key);
    if (node == "c" && key == "016") losses.add(kColour, "gray");
    if (node == "c" && key == "018") losses.add(kLetters, "none");
  };
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, kTwoBranches, settings);
    CHECK(ran.result.report.items.ok == 20);
    const LossCounts& counts = ran.result.report.losses;
    REQUIRE(counts.size() == 2);
    const LossCount& letters = counts.at("missing_letters");
    CHECK(letters.items == 5);
    CHECK(letters.meaning == "letters are missing");
    CHECK(letters.example == "a: 015: missing_letters: no 015");
    CHECK(counts.at("lost_colour").items == 1);
    CHECK(ran.ended.at("014").losses.empty());
    const std::vector<Loss>& two = ran.ended.at("016").losses;
    REQUIRE(two.size() == 2);
    CHECK(to_string(two[0], "016") == "a: 016: missing_letters: no 016");
    CHECK(to_string(two[1], "016") == "c: 016: lost_colour: gray");
    CHECK(ran.ended.at("018").losses.size() == 2);
  }
}

TEST_CASE("However many parts lose something, an item keeps one loss of each kind", "[engine]") {
  World world(3);
  world.lose = [](const std::string&, const std::string& key, const Losses& losses) {
    losses.add(kLetters, key.substr(key.find('#')));
  };
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, R"(
      read: items
      cut: split < read parts=5
      a: step < cut
      out: store < a parts=true
    )",
                        settings);
    CHECK(ran.result.report.items.ok == 3);
    CHECK(ran.result.report.losses.at("missing_letters").items == 3);
    for (const auto& [key, ended] : ran.ended) {
      REQUIRE(ended.losses.size() == 1);
      CHECK(ended.losses.front().message == "#0");
    }
  }
}

TEST_CASE("An item without outputs has lost nothing", "[engine]") {
  World world(4);
  world.lose = [](const std::string&, const std::string&, const Losses& losses) {
    losses.add(kColour, "gray");
  };
  world.hook = [](Phase phase, const std::string& node, const std::string& key) -> Result<void> {
    if (phase == Phase::process && node == "a" && key == "002") return failure("odd", "odd");
    return {};
  };
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, "read: items\n a: step < read\n out: store < a", settings);
    CHECK(ran.result.report.items.failed == 1);
    CHECK(ran.result.report.losses.at("lost_colour").items == 3);
    CHECK(ran.ended.at("002").losses.empty());
  }
}

TEST_CASE("What a constant lacks is a loss of every item that it comes to", "[engine]") {
  World world(4);
  world.note_losses = {{kColour, "gray"}};
  for (const Settings& settings : all_executors()) {
    const Run ran = run(world, R"(
      read: items
      logo: note
      j: join < a:read < b:logo
      out: store < j
    )",
                        settings);
    CHECK(ran.result.report.losses.at("lost_colour").items == 4);
    CHECK(ran.result.report.losses.at("lost_colour").example == "logo: 000: lost_colour: gray");
  }
}

}  // namespace
}  // namespace imagemill::testing
