// Journals that runs leave for later ones: written whole, and never trusted if damaged.
#include "engine/resume/journal.h"

#include <atomic>
#include <fstream>
#include <thread>

#include <unistd.h>

#include "engine/files/output_lock.h"
#include "engine/files/temporary_names.h"
#include "tests/support/catch.h"
#include "tests/support/faulty_file_system.h"
#include "tests/support/temporary_folder.h"

namespace imagemill::testing {
namespace {

JournalEntry entry_of(const std::string& key, Outcome outcome = Outcome::ok) {
  return {.key = key,
          .outcome = outcome,
          .index = 7,
          .input = {1000, -5},
          .content = {1, 0x123456789abcdef0},
          .graph = {3, 4},
          .outputs = {{"write", {5, 6}, key + ".jpg", {10, 1'700'000'000'123'456'789}, {7, 8}},
                      {"small", {9, 10}, "x/" + key, {0, 0}, {}}}};
}

std::unique_ptr<Journal> opened(const std::filesystem::path& file,
                                Journal::Earlier earlier = Journal::Earlier::read,
                                const FileSystem& files = FileSystem::real()) {
  auto journal = Journal::open(file, earlier, files);
  REQUIRE(journal);
  return std::move(*journal);
}

void write(const std::filesystem::path& file, const std::vector<JournalEntry>& entries) {
  const auto journal = opened(file);
  REQUIRE(journal->begin([](const Error&) {}));
  for (const JournalEntry& entry : entries) journal->add(entry, Durability::none);
  REQUIRE(journal->finish());
}

TEST_CASE("A line of a journal says what was put into it, whatever a name holds", "[engine]") {
  for (const std::string name :
       {"a.jpg", "a b", "\\", "a\\n\n\t\\t", "\xff\xfe", "\x1b[31m", "ok\t1"}) {
    for (const Outcome outcome : {Outcome::ok, Outcome::skipped, Outcome::failed}) {
      const JournalEntry entry = entry_of(name, outcome);
      const std::string line = to_line(entry);
      CHECK(line.find('\n') == line.size() - 1);
      const auto parsed = parse_line(std::string_view(line).substr(0, line.size() - 1));
      REQUIRE(parsed);
      CHECK(parsed->key == name);
      CHECK(parsed->outcome == outcome);
      CHECK(parsed->outputs.size() == 2);
      CHECK(*parsed == entry);
    }
  }
}

TEST_CASE("No byte of a line can change, or be lost, unnoticed", "[engine]") {
  std::string line = to_line(entry_of("a.jpg"));
  line.pop_back();
  for (std::size_t i = 0; i < line.size(); ++i) {
    std::string other = line;
    other[i] = static_cast<char>(other[i] ^ 1);
    CHECK_FALSE(parse_line(other));
    CHECK_FALSE(parse_line(line.substr(0, i)));
  }
}

TEST_CASE("An output that would lie elsewhere is none", "[engine]") {
  for (const char* path : {"../a", "/a", "a/../../b", ".", "..", "", "a//b/.."}) {
    JournalEntry entry = entry_of("a");
    entry.outputs[1].path = path;
    std::string line = to_line(entry);
    line.pop_back();
    CHECK_FALSE(parse_line(line));
  }
}

TEST_CASE("A journal is read again, the last entry of a key counts", "[engine]") {
  const TemporaryFolder folder;
  std::vector<JournalEntry> entries;
  for (int i = 0; i < 3000; ++i) entries.push_back(entry_of("item " + std::to_string(i)));
  write(folder / "journal", entries);
  write(folder / "journal", {entry_of("item 5", Outcome::failed), entry_of("new")});
  const auto journal = opened(folder / "journal");
  CHECK(journal->complaint().empty());
  for (const JournalEntry& entry : entries) {
    const auto found = journal->find(entry.key);
    REQUIRE(found);
    CHECK((*found == entry) == (entry.key != "item 5"));
  }
  CHECK(journal->find("item 5")->outcome == Outcome::failed);
  CHECK(journal->find("new"));
  CHECK_FALSE(journal->find("item 3000"));
}

TEST_CASE("An entry longer than what is read at once is found", "[engine]") {
  const TemporaryFolder folder;
  JournalEntry many = entry_of("tiles");
  for (int i = 0; i < 30'000; ++i) {
    many.outputs.push_back({"write", {5, 6}, "tile " + std::to_string(i), {1, 2}, {3, 4}});
  }
  write(folder / "journal", {entry_of("a"), many, entry_of("b")});
  const auto journal = opened(folder / "journal");
  CHECK(journal->find("tiles") == many);
  CHECK(journal->find("b"));
}

TEST_CASE("A torn line is told, and what follows it begins a line", "[engine]") {
  const TemporaryFolder folder;
  write(folder / "journal", {entry_of("a"), entry_of("b")});
  const std::string whole = folder.read("journal");
  const std::size_t second = whole.find("\tb\t") - 16;
  for (std::size_t cut = second + 1; cut < whole.size(); ++cut) {
    folder.write("journal", whole.substr(0, cut));
    {
      const auto journal = opened(folder / "journal");
      CHECK(journal->complaint().find("has 1 line that cannot be trusted") != std::string::npos);
      CHECK(journal->find("a"));
      CHECK_FALSE(journal->find("b"));
    }
    write(folder / "journal", {entry_of("c")});
    const auto after = opened(folder / "journal");
    CHECK(after->complaint().empty());
    CHECK(after->find("a"));
    CHECK(after->find("c"));
  }
}

// Writes a journal of a, b and c, with one byte of b's line changed.
void write_damaged(const TemporaryFolder& folder) {
  write(folder / "journal", {entry_of("a"), entry_of("b"), entry_of("c")});
  std::string text = folder.read("journal");
  text[text.find("b.jpg")] = 'x';
  folder.write("journal", text);
}

TEST_CASE("A damaged line loses no other", "[engine]") {
  const TemporaryFolder folder;
  write_damaged(folder);
  const auto journal = opened(folder / "journal");
  CHECK_FALSE(journal->complaint().empty());
  CHECK(journal->find("a"));
  CHECK_FALSE(journal->find("b"));
  CHECK(journal->find("c"));
}

TEST_CASE("What is damaged is told once", "[engine]") {
  const TemporaryFolder folder;
  write_damaged(folder);
  {
    const auto journal = opened(folder / "journal");
    REQUIRE(journal->begin([](const Error&) {}));
    journal->add(entry_of("d"), Durability::none);
    // Meanwhile what is left of it can be found.
    CHECK(journal->find("a"));
    CHECK(journal->find("c"));
    REQUIRE(journal->finish());
  }
  const auto after = opened(folder / "journal");
  CHECK(after->complaint().empty());
  for (const std::string key : {"a", "c", "d"}) CHECK(after->find(key) == entry_of(key));
  CHECK_FALSE(after->find("b"));
}

TEST_CASE("A journal does not grow with what is said again and again", "[engine]") {
  const TemporaryFolder folder;
  std::vector<JournalEntry> entries;
  for (int i = 0; i < 1000; ++i) entries.push_back(entry_of("item " + std::to_string(i)));
  write(folder / "journal", entries);
  const auto once = std::filesystem::file_size(folder / "journal");
  for (int run = 0; run < 10; ++run) {
    for (JournalEntry& entry : entries) ++entry.input.modified_ns;
    write(folder / "journal", entries);
  }
  CHECK(std::filesystem::file_size(folder / "journal") < 4 * once);
  const auto journal = opened(folder / "journal");
  for (const JournalEntry& entry : entries) CHECK(journal->find(entry.key) == entry);
}

TEST_CASE("A journal of another version, or none, is not trusted and begun anew", "[engine]") {
  const TemporaryFolder folder;
  write(folder / "journal", {entry_of("a")});
  const std::string line = to_line(entry_of("a"));
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"# imagemill-journal 2\n" + line, "written by another version"},
      {"# imagemill-journal 0\n" + line, "written by another version"},
      {line, "is no journal"},
      {"", "is empty"},
      {"# imagemill-jour", "is no journal"},
      {std::string(5000, '\0'), "is no journal"}};
  for (const auto& [text, said] : cases) {
    folder.write("journal", text);
    {
      const auto journal = opened(folder / "journal");
      CHECK(journal->complaint().find(said) != std::string::npos);
      CHECK_FALSE(journal->find("a"));
    }
    write(folder / "journal", {entry_of("b")});
    const auto after = opened(folder / "journal");
    CHECK(after->complaint().empty());
    CHECK(after->find("b"));
    CHECK_FALSE(after->find("a"));
  }
}

TEST_CASE("What earlier runs have said is dropped where it is asked for, and not before it begins",
          "[engine]") {
  const TemporaryFolder folder;
  write(folder / "journal", {entry_of("a")});
  const auto journal = opened(folder / "journal", Journal::Earlier::dropped);
  CHECK_FALSE(journal->find("a"));
  CHECK(opened(folder / "journal")->find("a"));
  REQUIRE(journal->begin([](const Error&) {}));
  REQUIRE(journal->finish());
  CHECK_FALSE(opened(folder / "journal")->find("a"));
}

TEST_CASE("What is synced in batches is called done only when it has been", "[engine]") {
  const TemporaryFolder folder;
  FaultyFileSystem files;
  std::atomic<int> syncs = 0;
  std::string before;
  files.on_sync = [&](const std::filesystem::path&) -> std::optional<Error> {
    ++syncs;
    before = folder.read("journal");
    return {};
  };
  const auto journal = opened(folder / "journal", Journal::Earlier::read, files);
  REQUIRE(journal->begin([](const Error&) {}));
  for (int i = 0; i < 100; ++i) journal->add(entry_of(std::to_string(i)), Durability::batch);
  REQUIRE(journal->finish());
  CHECK(syncs >= 1);
  CHECK(syncs <= 3);
  CHECK(before.find("99.jpg") == std::string::npos);
  CHECK(opened(folder / "journal")->find("99"));
}

TEST_CASE("After a sync that fails nothing is called done any more", "[engine]") {
  const TemporaryFolder folder;
  FaultyFileSystem files;
  files.on_sync = [](const std::filesystem::path&) {
    return Error("io_error", "the disk is gone", Scope::run);
  };
  const auto journal = opened(folder / "journal", Journal::Earlier::read, files);
  std::atomic<int> lost = 0;
  REQUIRE(journal->begin([&](const Error& error) {
    CHECK(error.message == "the disk is gone");
    ++lost;
  }));
  journal->add(entry_of("a"), Durability::batch);
  while (lost == 0) std::this_thread::yield();
  journal->add(entry_of("b"), Durability::none);
  const auto finished = journal->finish();
  REQUIRE_FALSE(finished);
  CHECK(finished.error().scope == Scope::run);
  CHECK(lost == 1);
  const auto after = opened(folder / "journal");
  CHECK_FALSE(after->find("a"));
  CHECK_FALSE(after->find("b"));
}

TEST_CASE("An output folder is one run's at a time", "[engine]") {
  const TemporaryFolder folder;
  {
    const auto first = OutputLock::take(folder / "out", OutputLock::Look::after_death);
    REQUIRE(first);
    const auto second = OutputLock::take(folder / "out", OutputLock::Look::after_death);
    REQUIRE_FALSE(second);
    CHECK(second.error().code == "in_use");
    CHECK(second.error().message.find("process " + std::to_string(::getpid()) + " on ") !=
          std::string::npos);
    CHECK(OutputLock::take(folder / "other", OutputLock::Look::after_death));
  }
  CHECK(OutputLock::take(folder / "out", OutputLock::Look::after_death));
  folder.write("file", "x");
  CHECK_FALSE(OutputLock::take(folder / "file", OutputLock::Look::after_death));
}

TEST_CASE("What a dead run has left goes, what a living one uses stays", "[engine]") {
  const TemporaryFolder folder;
  // A name as a process of this host makes it: the test's own.
  const std::string own = temporary_name();
  const auto numbered = [&](const std::string& process, const std::string& birth) {
    // .imagemill-HOST-PROCESS-BIRTH-NUMBER.tmp
    std::vector<std::string> parts;
    std::string part;
    for (const char c : own) {
      if (c == '-')
        parts.push_back(std::exchange(part, ""));
      else
        part += c;
    }
    return parts[0] + "-" + parts[1] + "-" + (process.empty() ? parts[2] : process) + "-" +
           (birth.empty() ? parts[3] : birth) + "-0.tmp";
  };
  folder.write(own, "");
  folder.write("a/" + numbered("", ""), "");
  folder.write("a/" + numbered("", "1"), "");
  folder.write("a/b/" + numbered("4194305", ""), "");
  folder.write(".imagemill-0badcafe-4194305-1-0.tmp", "another host's");
  folder.write("a/kept.jpg", "");
  CHECK(remove_stale_temporaries(folder.path(), {}).removed == 2);
  CHECK(folder.files() == std::vector<std::string>{".imagemill-0badcafe-4194305-1-0.tmp", own,
                                                   "a/" + numbered("", ""), "a/kept.jpg"});
  // Where the last run has ended in order, nobody looks.
  folder.write("a/" + numbered("", "1"), "");
  CHECK(OutputLock::take(folder.path(), OutputLock::Look::after_death)->removed() == 0);
  CHECK(OutputLock::take(folder.path(), OutputLock::Look::always)->removed() == 1);
  folder.write("a/" + numbered("", "1"), "");
  folder.write(".imagemill/lock", "process 4194305 on somewhere");
  CHECK(OutputLock::take(folder.path(), OutputLock::Look::after_death)->removed() == 1);
}

TEST_CASE("A journal takes over what others say of some keys", "[engine]") {
  using Paths = std::vector<std::filesystem::path>;
  const TemporaryFolder folder;
  const auto file = folder / "journal";
  const auto failed = [](const std::string& key) { return entry_of(key, Outcome::failed); };
  write(folder / "first", {entry_of("not wanted"), entry_of("b\n"), failed("c"), entry_of("c")});
  write(folder / "last", {failed("b\n"), failed("own"), failed("d"), entry_of("torn")});
  std::filesystem::resize_file(folder / "last", std::filesystem::file_size(folder / "last") - 2);
  folder.write("none", "# imagemill-journal 2\n");
  write(file, {entry_of("own"), failed("c")});
  std::ofstream(file, std::ios::app) << "half a line";

  const auto journal = opened(file);
  REQUIRE(journal->take_over(Paths{folder / "last"},
                             Paths{folder / "none", folder / "first", folder / "missing"},
                             [](std::string_view key) { return key != "not wanted"; }, {}));
  REQUIRE(journal->begin([](const Error&) {}));
  journal->add(entry_of("new"), Durability::none);
  REQUIRE(journal->finish());
  const auto again = opened(file);
  CHECK(journal->complaint().find("1 line") != std::string::npos);
  CHECK(again->complaint() == "");
  for (const auto& [key, outcome] :
       {std::pair("b\n", Outcome::ok), std::pair("c", Outcome::ok), std::pair("own", Outcome::ok),
        std::pair("d", Outcome::failed)}) {
    INFO(key);
    CHECK(journal->find(key) == entry_of(key, outcome));
    CHECK(again->find(key) == entry_of(key, outcome));
  }
  CHECK(again->find("new"));
  for (const char* key : {"not wanted", "torn"}) CHECK_FALSE(again->find(key));
}

TEST_CASE("What only the journal that counts less has written is former", "[engine]") {
  const TemporaryFolder folder;
  const auto file = folder / "journal";
  JournalEntry before = entry_of("a");
  before.outputs[0].path = "elsewhere";
  write(folder / "other", {before});
  write(file, {entry_of("a")});
  const auto journal = opened(file);
  REQUIRE(journal->take_over({folder / "other"}, {}, [](std::string_view) { return true; }, {}));
  JournalEntry both = entry_of("a");
  both.outputs.push_back(before.outputs[0]);
  both.outputs.back().recipe = {};
  CHECK(journal->find("a") == both);
  CHECK(opened(file)->find("a") == both);
}

TEST_CASE("A journal that cannot be replaced stays as it is", "[engine]") {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "in");
  const auto file = folder / "in/journal";
  write(folder / "other", {entry_of("b"), entry_of("a", Outcome::failed)});
  write(file, {entry_of("a")});
  const auto size = std::filesystem::file_size(file);
  const auto all = [](std::string_view) { return true; };
  std::stop_source stopped;
  stopped.request_stop();
  const auto journal = opened(file);
  const auto interrupted = journal->take_over({folder / "other"}, {}, all, stopped.get_token());
  REQUIRE_FALSE(interrupted);
  CHECK(interrupted.error().code == "interrupted");
  CHECK(folder.files() == std::vector<std::string>{"in/journal", "other"});
  std::filesystem::rename(folder / "in", folder / "away");
  const auto refused = journal->take_over({folder / "other"}, {}, all, {});
  std::filesystem::rename(folder / "away", folder / "in");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("cannot write the journal") != std::string::npos);
  CHECK(std::filesystem::file_size(file) == size);
  CHECK(journal->find("a"));
  CHECK_FALSE(journal->find("b"));
}

}  // namespace
}  // namespace imagemill::testing
