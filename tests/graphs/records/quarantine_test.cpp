// Where inputs go that have failed.
#include "graphs/records/quarantine.h"

#include <fstream>
#include <future>

#include "tests/support/catch.h"
#include "tests/support/faulty_file_system.h"
#include "tests/support/photo_set.h"
#include "tests/support/temporary_folder.h"

using namespace imagemill;
using namespace imagemill::testing;

namespace {

namespace fs = std::filesystem;

using Names = std::vector<std::string>;

// Inputs in in/, and a quarantine in sick/.
struct Ward {
  TemporaryFolder folder;
  FaultyFileSystem files;
  std::stop_source stop;
  std::unique_ptr<Quarantine> quarantine;

  explicit Ward(const std::string& input = "in", const NameFolding& folding = {}) {
    files.claimed_folding = folding;
    fs::create_directories(folder / "in");
    Environment environment;
    environment.input = folder / input;
    environment.output = folder / "out";
    environment.files = &files;
    auto opened = Quarantine::open(folder / "sick", environment, stop.get_token());
    REQUIRE(opened);
    quarantine = std::move(*opened);
  }

  void fails(const std::string& key, const Error& error = Error{"corrupt", "no picture"}) {
    ends(key, Outcome::failed, error);
  }
  void ends(const std::string& key, Outcome outcome, std::optional<Error> error = {}) {
    if (error) error->item = key;
    if (error) error->node = "decode";
    ItemInfo info;
    info.key = key;
    Item item(std::move(info), {});
    item.close(outcome, std::move(error));
    quarantine->add(item);
  }
  Quarantine::Receipt finish() { return quarantine->finish(stop.get_token()); }

  Names received() const {
    Names names;
    for (const auto& file : read_files(folder / "sick")) {
      if (file.first != ".imagemill-quarantine") names.push_back(file.first);
    }
    return names;
  }
};

}  // namespace

TEST_CASE("What has failed is copied, with the reason beside it", "[graphs]") {
  Ward ward;
  ward.folder.write("in/a.jpg", "a");
  ward.folder.write("in/b/c.jpg", std::string(3 << 20, 'c'));
  ward.folder.write("in/good.jpg", "good");
  ward.fails("a.jpg");
  ward.fails("b/c.jpg");
  ward.ends("good.jpg", Outcome::ok);
  ward.ends("later.jpg", Outcome::cancelled);
  const auto receipt = ward.finish();
  CHECK(receipt.received == 2);
  CHECK(receipt.missing == 0);
  CHECK(ward.received() == Names{"a.jpg", "a.jpg.failed.jsonl", "b/c.jpg", "b/c.jpg.failed.jsonl"});
  CHECK(read_bytes(ward.folder / "sick/b/c.jpg") == read_bytes(ward.folder / "in/b/c.jpg"));
  const Bytes reason = read_bytes(ward.folder / "sick/a.jpg.failed.jsonl");
  CHECK(std::string(reason.begin(), reason.end()) ==
        "{\"schema\":\"imagemill-failures 1\"}\n"
        R"({"item":"a.jpg","node":"decode","code":"corrupt","message":"no picture"})"
        "\n");
  CHECK(fs::exists(ward.folder / "in/a.jpg"));
}

TEST_CASE("Nothing is wrong with what only met the end of the run", "[graphs]") {
  Ward ward;
  ward.folder.write("in/a.jpg", "a");
  Error error{"disk_full", "no space"};
  error.scope = Scope::run;
  ward.fails("a.jpg", error);
  CHECK(ward.finish().received == 0);
  CHECK(ward.received().empty());
}

TEST_CASE("An input that can't be read leaves its reason", "[graphs]") {
  Ward ward;
  ward.folder.write("in/bad-sector.jpg", std::string(3 << 20, 'b'));
  ward.files.on_read = [](const fs::path&) { return Error{"io_error", "Input/output error"}; };
  ward.fails("gone.jpg", {"not_found", "cannot open"});
  ward.fails("bad-sector.jpg", {"io_error", "cannot read"});
  CHECK(ward.finish().received == 2);
  CHECK(ward.received() == Names{"bad-sector.jpg.failed.jsonl", "gone.jpg.failed.jsonl"});
}

TEST_CASE("Whatever a list names lies below the quarantine", "[graphs]") {
  Ward ward("list.txt");
  const fs::path absolute = ward.folder.write("elsewhere/a.jpg", "a");
  const fs::path upwards = fs::relative(absolute, fs::current_path());
  ward.fails(absolute);
  ward.fails(upwards);
  CHECK(ward.finish().missing == 0);
  std::string renamed;
  for (const fs::path& name : upwards) {
    if (!renamed.empty()) renamed += "/";
    renamed += name == ".." ? "__" : name.string();
  }
  for (const std::string& name : {absolute.relative_path().string(), renamed}) {
    INFO(name);
    CHECK(read_bytes(ward.folder / "sick" / name) == Bytes{'a'});
  }
  CHECK(ward.received().size() == 4);
}

TEST_CASE("No failed input takes the place of another, as the quarantine's disk sees places",
          "[graphs]") {
  Ward ward("list", {.ignores_case = true, .ignores_form = false});
  ward.folder.write("Bad.jpg", "first");
  ward.folder.write("bad.jpg", "second");
  ward.folder.write("bad.jpg.FAILED.jsonl", "third");
  for (const char* key : {"Bad.jpg", "bad.jpg", "Bad.jpg", "bad.jpg.FAILED.jsonl"}) {
    ward.fails(ward.folder / key);
  }
  const Quarantine::Receipt receipt = ward.finish();
  CHECK(receipt.received == 2);  // the first, twice
  CHECK(receipt.missing == 2);
  CHECK(receipt.why.find("bad.jpg' is that of '") != std::string::npos);
  const fs::path place = (ward.folder / "sick") / ward.folder.path().relative_path();
  CHECK(read_files(place).size() == 2);
  CHECK(ward.folder.read(place / "Bad.jpg") == "first");
}

TEST_CASE("The longest names have their reasons, too", "[graphs]") {
  Ward ward;
  for (const std::string last : {"1", "2"}) {
    const std::string name = std::string(254, 'n') + last;
    ward.folder.write("in/" + name, last);
    ward.fails(name);
  }
  const auto receipt = ward.finish();
  CHECK(receipt.why == "");
  CHECK(receipt.received == 2);
  CHECK(ward.received().size() == 4);
}

TEST_CASE("What could not be copied is told", "[graphs]") {
  Ward ward;
  ward.folder.write("in/a.jpg", "a");
  ward.folder.write("in/b.jpg", "b");
  ward.folder.write("in/linked/c.jpg", "c");
  fs::create_directories(ward.folder / "sick/a.jpg");
  fs::create_directories(ward.folder / "elsewhere");
  fs::create_symlink(ward.folder / "elsewhere", ward.folder / "sick/linked");
  for (const std::string key : {"a.jpg", "b.jpg", "linked/c.jpg"}) ward.fails(key);
  const auto receipt = ward.finish();
  CHECK(receipt.received == 1);
  CHECK(receipt.missing == 2);
  CHECK(receipt.why.find("sick/a.jpg") != std::string::npos);
  CHECK(fs::is_empty(ward.folder / "elsewhere"));
}

TEST_CASE("A quarantine lies neither in nor around what is read or written", "[graphs]") {
  const TemporaryFolder folder;
  fs::create_directories(folder / "work/in");
  Environment environment;
  environment.input = folder / "work/in";
  environment.output = folder / "work/out";
  for (const std::string place :
       {"work/in", "work/in/sick", "work/out", "work/out/sick", "work", "."}) {
    INFO(place);
    const auto opened = Quarantine::open(folder / place, environment, {});
    REQUIRE(!opened);
    CHECK(opened.error().code == "bad_quarantine");
  }
  CHECK(fs::is_empty(folder / "work/in"));
  CHECK(!fs::exists(folder / "work/out"));
  CHECK(Quarantine::open(folder / "work/sick", environment, {}));
}

TEST_CASE("What changes while it is copied, or took too long, leaves its reason", "[graphs]") {
  Ward ward;
  const fs::path growing = ward.folder.write("in/growing.jpg", std::string(3 << 20, 'g'));
  ward.folder.write("in/slow.jpg", "s");
  ward.files.on_read = [&](const fs::path&) -> std::optional<Error> {
    std::ofstream(growing, std::ios::app) << "more";
    return {};
  };
  ward.fails("growing.jpg", {"truncated", "the file ends early"});
  ward.fails("slow.jpg", {"timeout", "it took too long"});
  CHECK(ward.finish().received == 2);
  CHECK(ward.received() == Names{"growing.jpg.failed.jsonl", "slow.jpg.failed.jsonl"});
}

TEST_CASE("A folder that holds something else is no quarantine", "[graphs]") {
  const TemporaryFolder folder;
  folder.write("photos/a.jpg", "mine");
  Environment environment;
  environment.input = folder / "list.txt";
  environment.output = folder / "out";
  const auto refused = Quarantine::open(folder / "photos", environment, {});
  REQUIRE(!refused);
  CHECK(refused.error().code == "bad_quarantine");
  CHECK(read_files(folder / "photos").size() == 1);
  CHECK(Quarantine::open(folder / "sick", environment, {}));
  folder.write("sick/a.jpg", "from before");
  CHECK(Quarantine::open(folder / "sick", environment, {}));
}

TEST_CASE("A copy that does not come back does not keep a run from ending", "[graphs]") {
  // Never destroyed: a thread is in them for ever.
  static auto* const promise = new std::promise<void>;
  static const auto* const never = new std::shared_future<void>(promise->get_future());
  static Ward* const ward = new Ward;
  for (int i = 0; i < 3; ++i) ward->folder.write("in/" + std::to_string(i) + ".jpg", "a");
  ward->files.on_read = [](const fs::path&) -> std::optional<Error> {
    never->wait();
    return {};
  };
  for (int i = 0; i < 3; ++i) ward->fails(std::to_string(i) + ".jpg");
  ward->stop.request_stop();
  const auto receipt = ward->finish();
  CHECK(receipt.is_stuck);
  CHECK(receipt.missing == 3);
  fs::remove_all(ward->folder.path());
}
