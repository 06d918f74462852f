// Output folders that take several spellings of a name for one.
#include <algorithm>
#include <random>

#include "engine/files/name_folding.h"
#include "engine/source/output_claims.h"
#include "tests/engine/resume/resume_job.h"

namespace imagemill::testing {
namespace {

constexpr NameFolding kCase{.ignores_case = true, .ignores_form = false};
constexpr NameFolding kForm{.ignores_case = false, .ignores_form = true};
constexpr NameFolding kBoth{.ignores_case = true, .ignores_form = true};

bool are_one(const std::string& a, const std::string& b, const NameFolding& folding) {
  return folded(a, folding) == folded(b, folding);
}

TEST_CASE("Names are folded as file systems do, or more", "[engine]") {
  CHECK(folded("A/É.jpg", {}) == "A/É.jpg");
  CHECK(are_one("Sub/IMAGE.JPG", "sub/image.jpg", kCase));
  CHECK(are_one("ÀÉÞΩЖ", "àéþωж", kCase));
  // Upper case of the one is the other, or lower case is, or both have one upper case.
  for (const auto& [a, b] : std::vector<std::pair<std::string, std::string>>{{"ı", "I"},
                                                                             {"İ", "i"},
                                                                             {"ſ", "S"},
                                                                             {"ς", "σ"},
                                                                             {"µ", "μ"},
                                                                             {"\u212A", "k"},
                                                                             {"ǅ", "ǆ"},
                                                                             {"ß", "ẞ"},
                                                                             {"ᾳ", "ᾼ"},
                                                                             {"ⅷ", "Ⅷ"},
                                                                             {"ａ", "Ａ"},
                                                                             {"𐐨", "𐐀"}}) {
    INFO(a << " " << b);
    CHECK(are_one(a, b, kCase));
  }
  CHECK(are_one("a. ", "A", kCase));
  CHECK_FALSE(are_one("é", "e\u0301", kCase));
  CHECK_FALSE(are_one("a/b", "ab", kCase));

  CHECK(are_one("é", "e\u0301", kForm));
  CHECK(are_one("한", "\u1112\u1161\u11AB", kForm));
  CHECK(are_one("\u212B", "A\u030A", kForm));
  CHECK(are_one("a\u200Db", "ab", kForm));
  CHECK_FALSE(are_one("a", "A", kForm));
  CHECK_FALSE(are_one("ﬁ", "fi", kForm));
  CHECK(are_one("É", "e\u0301", kBoth));
}

TEST_CASE("Folded again, a name is what it was, and it never gets empty", "[engine]") {
  for (const NameFolding& folding : {kCase, kForm, kBoth}) {
    for (const char* name : {"a", "É", "İ", "ß", "ΐ", "...", ".", " ", "\u00AD", "\u200D",
                             "\xFF\xFE", "A\xFF", "x. . "}) {
      const std::string key = folded(name, folding);
      INFO(name);
      CHECK_FALSE(key.empty());
      CHECK(folded(key, folding) == key);
    }
  }
  // Bytes that are no text still have ASCII letters.
  CHECK(are_one("A\xFF", "a\xFF", kCase));
}

TEST_CASE("Claims go by what the file system takes for one", "[engine]") {
  OutputClaims claims(kCase);
  claims.claim("Sub/Image.jpg", 1);
  CHECK(claims.holder("sub/IMAGE.jpg") == std::uint64_t{1});
  CHECK(claims.holder("SUB") == std::uint64_t{1});
  CHECK(claims.holder("sub/image.JPG/x") == std::uint64_t{1});
  CHECK_FALSE(claims.holder("sub/other.jpg"));
}

TEST_CASE("An output folder of which names are bytes says so, and nothing is left there",
          "[engine]") {
  const TemporaryFolder folder;
  CHECK(FileSystem::real().folding(folder.path()) == NameFolding());
  CHECK(FileSystem::real().folding(folder / "missing") == NameFolding());
  CHECK(folder.files().empty());
}

using Fold = std::function<std::string(const std::string&)>;
const std::vector<Fold>& folds() {
  static const std::vector<Fold> all = {without_case, without_form, without_both};
  return all;
}

std::vector<World::Entry> random_entries(std::mt19937& dice) {
  const std::vector<std::string> letters = {"a", "A", "b", "B", "é", "É", "e\u0301", "E\u0301"};
  const auto word = [&] {
    std::string text;
    for (std::size_t n = 1 + dice() % 2; n-- > 0;) text += letters[dice() % letters.size()];
    return text;
  };
  std::set<std::string> keys;
  for (std::size_t n = 2 + dice() % 20; n-- > 0;) {
    std::string key;
    for (std::size_t depth = dice() % 3; depth-- > 0;) key += word() + "/";
    keys.insert(key + word());
  }
  std::vector<World::Entry> entries;
  for (const std::string& key : keys) entries.push_back({.key = key});
  std::shuffle(entries.begin(), entries.end(), dice);
  return entries;
}

bool clash(const std::string& a, const std::string& b) {
  return a == b || a.starts_with(b + "/") || b.starts_with(a + "/");
}

// The file among `files` that a file system finds by `path`.
std::string found(const std::map<std::string, std::string>& files, const std::string& path,
                  const Fold& fold) {
  std::string content;
  for (const auto& [name, bytes] : files) {
    if (fold(name) == fold(path)) content += bytes;
  }
  return content;
}

TEST_CASE("Where spellings are one, each item that is ok has a file of its own", "[engine]") {
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937 dice(seed);
    World world;
    world.entries = random_entries(dice);
    world.fold = folds()[seed % folds().size()];
    INFO("seed " << seed);
    // Whose files are those that the items name, each written once, is checked of every run.
    const Run ran = run(world, "read: items\n out: store < read path={dir}/{name}",
                        {.serial = seed % 2 == 0, .workers = 3});
    std::map<std::string, std::string> owners;  // of folded paths
    for (const World::Entry& entry : world.entries) {
      const Ended& ended = ran.ended.at(entry.key);
      const std::string path = world.fold(entry.key);
      const auto rival = std::find_if(owners.begin(), owners.end(),
                                      [&](const auto& owner) { return clash(owner.first, path); });
      if (rival == owners.end()) {
        CHECK(ended.outcome == Outcome::ok);
        owners[path] = entry.key;
        continue;
      }
      const Error& error = ran.error(entry.key);
      CHECK(error.code == "output_conflict");
      CHECK(error.message.find("'" + entry.key + "' clashes with that of '") != std::string::npos);
      CHECK(error.message.find(": the output folder does not tell ") != std::string::npos);
    }
    CHECK(world.files().size() == owners.size());
  }
}

TEST_CASE("A conflict over spellings names both and says why", "[engine]") {
  World world(std::vector<std::string>{"Image.jpg", "image.jpg", "é", "e\u0301"});
  world.fold = without_both;
  const Run ran = run(world, "read: items\n out: store < read path=x/{name}", {.serial = true});
  CHECK(to_string(ran.error("image.jpg")) ==
        "out: image.jpg: output_conflict: its output 'x/image.jpg' clashes with that of "
        "'Image.jpg': the output folder does not tell upper from lower case, nor composed from "
        "decomposed letters");
  CHECK(ran.error("e\u0301").message.find("clashes with that of 'é'") != std::string::npos);
}

// Inputs get other spellings between runs, too, so that what one run has made is written by the
// next under another name.
TEST_CASE("Where spellings are one, resuming comes to an end and removes nothing that counts",
          "[engine]") {
  const std::string start = "read: items\n a: step < read\n out: store < a path=";
  const std::vector<std::string> graphs = {start + "{dir}/{name}", start + "{name}",
                                           start + "A/{name}\n two: collect < a path=b/x{dir}x",
                                           start + "a/{name}\n two: collect < a path=B/X{dir}X"};
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 dice(seed);
    INFO("seed " << seed);
    Job job(0);
    const Fold fold = job.world.fold = folds()[seed % folds().size()];
    job.world.entries = random_entries(dice);
    Redo redo = Redo::everything;
    for (int change = 0; change < 4; ++change) {
      const std::string& graph = graphs[dice() % graphs.size()];
      const Settings settings{.serial = dice() % 2 == 0, .workers = 3};
      for (const bool again : {false, true}) {
        std::map<std::string, std::string> manifest;  // the item of each output
        const Run ran = job.run(redo, settings, graph, [&](const Item& item) {
          for (const auto& outputs : {item.outputs(), item.kept()}) {
            for (const Written& written : outputs) manifest[written.path] = item.info().key;
          }
        });
        redo = Redo::undone;
        CHECK(ran.result.ending == Ending::complete);
        const auto files = job.world.files();
        for (const auto& [path, key] : manifest) CHECK(found(files, path, fold) == key + ">a");
        const std::set<std::string> written = job.written();
        if (again) CHECK(written.empty());
      }
      if (job.world.entries.empty()) continue;
      World::Entry& entry = job.world.entries[dice() % job.world.entries.size()];
      switch (dice() % 3) {
        case 0:
          ++entry.modified;
          break;
        case 1: {
          const std::string other = without_case(entry.key);
          const auto is_there = [&](const auto& e) { return e.key == other; };
          if (std::ranges::none_of(job.world.entries, is_there)) entry.key = other;
          break;
        }
        default:
          std::swap(entry, job.world.entries.back());
      }
    }
  }
}

TEST_CASE("A former output is not removed under another spelling of what was just written",
          "[engine]") {
  Job job(0);
  job.world.fold = without_case;
  job.world.entries = {{.key = "p/A"}, {.key = "q/x"}};
  // A coarse clock gives the third file written the time of the first.
  job.world.on_written = [](Written& written) {
    if (written.path == "A") written.stamp.modified_ns = 3;
  };
  job.run(Redo::everything, {.serial = true}, "read: items\n out: store < read path={name}");
  CHECK(job.world.get("A") == "p/A");
  for (int again = 0; again < 2; ++again) {
    const Run ran =
        job.run(Redo::undone, {.serial = true}, "read: items\n out: store < read path=a");
    CHECK(ran.result.report.items.failed == 1);
    CHECK(ran.result.report.removed == 0);
    CHECK(job.world.get("a") == "p/A");
  }
}

}  // namespace
}  // namespace imagemill::testing
