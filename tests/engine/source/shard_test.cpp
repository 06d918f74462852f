// Parts of a source: together they do what one run does, path by path.
#include "engine/source/shard.h"

#include <algorithm>
#include <random>
#include <set>

#include "engine/source/listing.h"
#include "tests/support/catch.h"
#include "tests/support/engine_fixtures.h"

namespace imagemill::testing {
namespace {

// Fate of an item, apart from the item it clashed with.
struct Fate {
  Outcome outcome = Outcome::skipped;
  std::vector<std::string> codes;
  std::vector<std::string> outputs;
  friend bool operator==(const Fate&, const Fate&) = default;
};

struct Whole {
  std::map<std::string, Fate> fates;
  std::multiset<std::string> ignored;
  std::map<std::string, std::string> files;
};

void add(Whole& whole, const Run& run, const World& world) {
  for (const auto& [key, ended] : run.ended) {
    Fate fate{.outcome = ended.outcome, .codes = {}, .outputs = {}};
    for (const Error& error : ended.errors) fate.codes.emplace_back(error.code);
    for (const Written& written : ended.outputs) fate.outputs.push_back(written.path);
    CHECK(whole.fates.emplace(key, fate).second);  // in one part only
  }
  whole.ignored.insert(run.ignored.begin(), run.ignored.end());
  for (const auto& [path, content] : world.files()) {
    CHECK(whole.files.emplace(path, content).second);
  }
}

std::vector<World::Entry> random_entries(std::mt19937& dice, int items) {
  const auto any = [&](const std::vector<std::string>& of) { return of[dice() % of.size()]; };
  std::vector<World::Entry> entries;
  std::set<std::string> keys;
  for (int i = 0; i < items; ++i) {
    const std::string key = any({"", "", "a/", "b/", "a/b/", "A/", "A/b/"}) +
                            any({"a", "b", "c", "d", "b/c", "B", "C", "é", "e\u0301"}) +
                            any({"", ".jpg", ".png", ".txt"});
    if (!keys.insert(key).second) continue;
    entries.push_back({.key = key,
                       .bytes = 100 + dice() % 3,
                       .width = 64 + static_cast<std::int64_t>(dice() % 2),
                       .ignored = dice() % 5 == 0});
  }
  return entries;
}

TEST_CASE("Every entry is in one shard of any count, by its key alone", "[engine]") {
  std::mt19937 dice(7);
  for (int i = 0; i < 2000; ++i) {
    std::string key;
    for (std::size_t n = dice() % 40; n-- > 0;) key += static_cast<char>('!' + dice() % 90);
    const std::uint64_t count = 1 + dice() % 50;
    std::uint64_t holders = 0;
    for (std::uint64_t index = 0; index < count; ++index) {
      holders += Shard{index, count}.holds(key) ? 1 : 0;
    }
    CHECK(holders == 1);
  }
}

// Hashes that other programs, and later versions, can rely on: xxhsum -H3 prints these.
TEST_CASE("Shards are told by a hash that does not change", "[engine]") {
  CHECK(Shard{0x2d06800538d394c2ULL % 1000, 1000}.holds(""));
  CHECK(Shard{0xd1baa3a946da5a77ULL % 1000, 1000}.holds("photos/IMG_0001.jpg"));
}

TEST_CASE("A shard is written as a part of so many", "[engine]") {
  CHECK(TextValue<Shard>::parse("3/50") == Shard{3, 50});
  CHECK(TextValue<Shard>::parse("0/1") == Shard{0, 1});
  for (const char* text : {"", "3", "3/", "/3", "3/3", "-1/3", "1/0", "1/2/3", "a/b", "1 /2"}) {
    CHECK_FALSE(TextValue<Shard>::parse(text));
  }
}

TEST_CASE("Shards together do what one run does, whoever clashes with whom", "[engine]") {
  const std::vector<std::string> graphs = {
      "read: items\n a: step < read\n out: store < a path={dir}/{stem}.{ext}",
      "read: items\n a: step < read\n out: store < a path={dir}/{stem}",
      "read: items\n a: step < read\n out: store < a path={stem}",
      "read: items\n out: store < read path={dir}/{stem}.o\n two: collect < read path=two/{name}",
      "read: items\n out: store < read path={stem}.o\n two: collect < read path=two/{dir}/{stem}",
      // Paths of fields that are known only once an item was probed:
      "read: items\n out: store < read path={dir}/{stem}.{width}",
      "read: items\n cut: split < read parts=2\n out: store < cut path={stem}/{number}",
      "read: items\n way: route < read outputs=a:<101,b:\n a: collect < way.a path={stem}\n"
      "b: collect < way.b path={stem}.b"};
  for (unsigned seed = 0; seed < 400; ++seed) {
    std::mt19937 dice(seed);
    const auto entries = random_entries(dice, 1 + static_cast<int>(dice() % 24));
    const std::string& graph = graphs[seed % graphs.size()];
    using Fold = std::function<std::string(const std::string&)>;
    const std::vector<Fold> folds = {nullptr, without_case, without_form, without_both};
    const Fold fold = folds[seed / graphs.size() % folds.size()];
    INFO("seed " << seed << "\n" << graph);
    Whole expected;
    {
      World all;
      all.fold = fold;
      all.entries = entries;
      add(expected, run(all, graph, {.serial = true}), all);
    }
    const std::uint64_t count = 1 + dice() % 5;
    Whole found;
    for (std::uint64_t index = 0; index < count; ++index) {
      World part;
      part.fold = fold;
      part.entries = entries;
      const Settings settings{.serial = dice() % 2 == 0, .shard = Shard{index, count}};
      add(found, run(part, graph, settings), part);
    }
    CHECK(found.fates == expected.fates);
    CHECK(found.ignored == expected.ignored);
    CHECK(found.files == expected.files);
  }
}

// Whether the second has "a" depends on the first, whose own path meets nobody else's.
TEST_CASE("Whoever keeps a rival from its path matters, too", "[engine]") {
  const std::string graph = "read: items\n out: store < read path={dir}/{stem}";
  const auto in = [](const std::string& key, std::uint64_t count) {
    std::uint64_t index = 0;
    while (!Shard{index, count}.holds(key)) ++index;
    return index;
  };
  // A number of shards in which the last one is alone.
  std::uint64_t count = 2;
  while (in("a/b/c", count) == in("a", count) || in("a/b/c", count) == in("a/x", count)) ++count;
  World world(std::vector<std::string>{"a/x", "a", "a/b/c"});
  const Run ran = run(world, graph, {.serial = true, .shard = Shard{in("a/b/c", count), count}});
  CHECK(ran.result.report.items.ok == 1);
}

TEST_CASE("A shard looks only at items of others whose paths meet its own", "[engine]") {
  World world(200);
  for (int i = 0; i < 200; i += 10) {
    std::array<char, 16> key{};
    std::snprintf(key.data(), key.size(), "%03d.txt", i);
    world.entries.push_back({.key = key.data()});
  }
  std::set<std::string> probed;
  std::mutex mutex;
  world.hook = [&](Phase phase, const std::string&, const std::string& key) -> Result<void> {
    const std::lock_guard lock(mutex);
    if (phase == Phase::probe) probed.insert(key);
    return {};
  };
  const Shard shard{1, 4};
  const Run ran = run(world, "read: items\n out: store < read path={stem}.{ext}",
                      {.serial = true, .shard = shard});
  for (const std::string& key : probed) {
    const std::string other = key.ends_with(".txt") ? key.substr(0, 3) : key + ".txt";
    CHECK((shard.holds(key) || shard.holds(other)));
  }
  CHECK(ran.result.report.items.admitted == ran.listed);
}

TEST_CASE("What another shard's item claims is not nothing where memory lacks to plan it",
          "[engine]") {
  for (std::uint64_t index = 0; index < 8; ++index) {
    const Shard shard{index, 8};
    if (!shard.holds("a.png") || shard.holds("a.jpg")) continue;
    World world(std::vector<std::string>{"a.jpg", "a.png"});
    bool is_other = false;  // what is planned: what was probed last
    world.hook = [&](Phase phase, const std::string&, const std::string& key) -> Result<void> {
      if (phase == Phase::probe) is_other = key == "a.jpg";
      if (phase == Phase::plan && is_other) return failure("out_of_memory", "no memory");
      return {};
    };
    const Run ran = run(world, "read: items\n a: step < read\n out: store < a path={stem}",
                        {.serial = true, .shard = shard});
    CHECK(ran.result.ending == Ending::outside);
    CHECK(ran.result.cause.find("out_of_memory") != std::string::npos);
    CHECK(world.files().empty());
    return;
  }
  FAIL("no shard of 8 holds only one of the two");
}

TEST_CASE("An item's index is its place in the whole list, whatever the shard", "[engine]") {
  for (std::uint64_t index = 0; index < 3; ++index) {
    World world(30);
    world.ordered = true;
    run(world, "read: items\n out: store < read path={name}.{index}",
        {.serial = true, .shard = Shard{index, 3}});
    for (const auto& [path, content] : world.files()) {
      CHECK(path == content + "." + std::to_string(std::stoi(content)));
    }
  }
}

TEST_CASE("What cannot be listed is in one shard, too", "[engine]") {
  std::uint64_t failed = 0;
  for (std::uint64_t index = 0; index < 3; ++index) {
    World world(9);
    Error error("permission_denied", "cannot list this folder");
    error.item = "locked";
    world.unreadable.push_back(error);
    failed += run(world, "read: items\n out: store < read", {.shard = Shard{index, 3}})
                  .result.report.items.failed;
  }
  CHECK(failed == 1);
}

}  // namespace
}  // namespace imagemill::testing
