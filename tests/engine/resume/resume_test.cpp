// Runs that go on from where another one ended: what is there and right is not made again, what is
// not is, and in the end all is as a single run would have made it.
#include "tests/engine/resume/resume_job.h"

namespace imagemill::testing {
namespace {

TEST_CASE("After a finished run there is nothing to do", "[engine]") {
  for (const Settings& settings : all_executors()) {
    Job job(30);
    job.run(Redo::everything, settings);
    CHECK(job.written().size() == 60);
    for (const Redo redo : {Redo::undone, Redo::undone_by_content, Redo::failed}) {
      const std::size_t calls = job.world.log().size();
      const Run again = job.run(redo, settings);
      CHECK(again.result.report.items.skipped == 30);
      CHECK(again.result.report.items.settled == 30);
      CHECK(again.result.ending == Ending::complete);
      CHECK(job.world.log().size() == calls);
      CHECK(job.written().empty());
    }
    CHECK(job.world.files() == job.fresh());
  }
}

TEST_CASE("A run without a wish to go on does everything", "[engine]") {
  Job job(5);
  job.run(Redo::everything);
  job.written();
  CHECK(job.run(Redo::everything).result.report.items.ok == 5);
  CHECK(job.written().size() == 10);
}

TEST_CASE("That a file is there is not enough", "[engine]") {
  Job job(10);
  job.run(Redo::everything);
  const auto fresh = job.fresh();
  job.written();
  job.world.put("out1/003", "somebody else's");
  job.world.remove("", "out2/005");
  job.world.put("out2/007", fresh.at("out2/007"));  // another time of the same bytes
  job.written();
  const Run again = job.run(Redo::undone);
  CHECK(again.result.report.items.ok == 3);
  CHECK(again.result.report.items.settled == 7);
  CHECK(job.written() == Paths{"out1/003", "out2/005", "out2/007"});
  CHECK(job.world.files() == fresh);
}

TEST_CASE("A changed input is done again", "[engine]") {
  Job job(10);
  job.run(Redo::everything);
  job.written();
  job.world.entries[2].version = 1;
  job.world.entries[2].modified = 2;
  job.world.entries[4].bytes = 101;
  job.run(Redo::undone);
  CHECK(job.written() == Paths{"out1/002", "out1/004", "out2/002", "out2/004"});
  CHECK(job.world.files() == job.fresh());
}

TEST_CASE("By content, a change is seen that size and time do not tell, and a new time is none",
          "[engine]") {
  Job job(10);
  job.run(Redo::everything);
  job.written();
  job.world.entries[2].version = 1;
  job.world.entries[4].modified = 2;
  const auto fresh = job.fresh();
  job.world.put("out1/006", fresh.at("out1/006"));
  job.world.put("out1/007", std::string(fresh.at("out1/007").size(), '?'));
  job.written();
  CHECK(job.run(Redo::undone_by_content).result.report.items.settled == 8);
  CHECK(job.written() == Paths{"out1/002", "out1/007", "out2/002"});
  CHECK(job.world.files() == fresh);
}

TEST_CASE("What only has a new time is known by it after it was told by content", "[engine]") {
  Job job(4);
  job.run(Redo::everything);
  for (auto& entry : job.world.entries) ++entry.modified;
  job.world.put("out1/002", *job.world.get("out1/002"));
  job.written();
  CHECK(job.run(Redo::undone_by_content).result.report.items.settled == 4);
  CHECK(job.run(Redo::undone).result.report.items.settled == 4);
  CHECK(job.written().empty());
}

TEST_CASE("A share of failures is one of what is done now", "[engine]") {
  Job job(1000);
  job.run(Redo::everything);
  job.world.hook = [&](Phase phase, const std::string& node, const std::string&) -> Result<void> {
    if (phase == Phase::process && node == "b") return failure("bad", "so");
    return {};
  };
  for (std::size_t i = 0; i < 100; ++i) job.world.entries[i].modified = 2;
  const Run again = job.run(Redo::undone, {.max_failures = {.share = 0.05}});
  CHECK(again.result.ending == Ending::on_error);
  CHECK(again.result.report.items.failed < 50);
}

TEST_CASE("A changed branch is made again, and no other", "[engine]") {
  Job job(10);
  job.run(Redo::everything);
  job.written();
  const std::string changed = R"(
    read: items
    a: step < read
    b: io_step < a
    more: step < a
    out1: store < b
    out2: collect < more
  )";
  const Run again = job.run(Redo::undone, {}, changed);
  CHECK(again.result.report.items.ok == 10);
  CHECK(again.stage("b").total.count == 0);
  CHECK(again.stage("a").total.count == 10);
  const Paths written = job.written();
  CHECK(written.size() == 10);
  CHECK(*written.begin() == "out2/000");
  CHECK(job.world.files() == job.fresh(changed));
  // Once more, and it is known at a glance.
  CHECK(job.run(Redo::undone, {}, changed).result.report.items.settled == 10);
}

TEST_CASE("What has the same bytes under another name of a node is right", "[engine]") {
  Job job(4, "read: items\n a: step < read\n out: store < a");
  job.run(Redo::everything);
  job.written();
  const Run again = job.run(Redo::undone, {}, "input: items\n a: step < input\n out: store < a");
  CHECK(again.result.report.items.settled == 4);
  CHECK(job.written().empty());
}

TEST_CASE("Other versions of what made it make it again", "[engine]") {
  Job job(4);
  job.run(Redo::everything, {.made_by = "1.0"});
  CHECK(job.run(Redo::undone, {.made_by = "1.0"}).result.report.items.settled == 4);
  CHECK(job.run(Redo::undone, {.made_by = "1.1"}).result.report.items.ok == 4);
}

TEST_CASE("An index in a name is part of what it is", "[engine]") {
  const std::string graph = "read: items\n a: step < read\n out: store < a path={index}_{name}";
  Job job(0, graph);
  job.world.ordered = true;
  job.world.entries = {{.key = "b"}, {.key = "c"}};
  job.run(Redo::everything);
  job.world.entries.insert(job.world.entries.begin(), {.key = "a"});
  const Run again = job.run(Redo::undone);
  CHECK(again.result.report.items.settled == 0);
  CHECK(job.world.files() == job.fresh());
}

TEST_CASE("What has failed is done again, and only that where it is asked for", "[engine]") {
  Job job(20);
  std::set<std::string> bad = {"003", "011"};
  job.world.hook = [&](Phase phase, const std::string& node,
                       const std::string& key) -> Result<void> {
    if (phase == Phase::process && node == "b" && bad.contains(key)) return failure("bad", "so");
    return {};
  };
  CHECK(job.run(Redo::everything).result.report.items.failed == 2);
  job.written();
  for (const Redo redo : {Redo::undone, Redo::failed}) {
    const Run again = job.run(redo);
    CHECK(again.result.report.items.failed == 2);
    CHECK(again.result.report.items.settled == 18);
    // The branch that went well is not.
    CHECK(again.stage("c").total.count == 0);
    CHECK(job.written().empty());
  }
  job.world.put("out1/000", "changed");
  job.world.entries.push_back({.key = "new"});
  job.written();
  bad = {"011"};
  const Run some = job.run(Redo::failed);
  CHECK(some.result.report.items.ok == 1);
  CHECK(some.result.report.items.failed == 1);
  CHECK(some.result.report.items.settled == 19);
  CHECK(job.written() == Paths{"out1/003"});
  bad.clear();
  CHECK(job.run(Redo::undone).result.report.items.ok == 3);
  CHECK(job.written() == Paths{"out1/000", "out1/011", "out1/new", "out2/new"});
  CHECK(job.world.files() == job.fresh());
}

TEST_CASE("A failure on a changed input does not make its old outputs right", "[engine]") {
  for (const Redo redo : {Redo::undone, Redo::undone_by_content, Redo::failed}) {
    Job job(3);
    job.run(Redo::everything);
    bool full = true;
    job.world.hook = [&](Phase phase, const std::string& node,
                         const std::string& key) -> Result<void> {
      if (full && phase == Phase::process && node == "out1" && key == "001") {
        return failure("disk_full", "no room");
      }
      return {};
    };
    job.world.entries[1].version = 1;
    job.world.entries[1].modified = 2;
    CHECK(job.run(Redo::undone).result.report.items.failed == 1);
    full = false;
    CHECK(job.run(redo).result.report.items.ok == 1);
    CHECK(job.world.files() == job.fresh());
  }
}

TEST_CASE("What a folder holds that could not be listed counts as failed", "[engine]") {
  Job job(0);
  job.world.entries = {{.key = "a"}};
  Error unlisted("permission_denied", "cannot list this folder");
  unlisted.item = "x/y";
  job.world.unreadable = {unlisted};
  CHECK(job.run(Redo::everything).result.report.items.failed == 1);
  job.world.unreadable.clear();
  job.world.entries = {{.key = "a"}, {.key = "b"}, {.key = "x/y/1"}, {.key = "x/y/z/2"}};
  const Run again = job.run(Redo::failed);
  CHECK(again.result.report.items.ok == 2);
  CHECK(again.result.report.items.settled == 2);
}

TEST_CASE("What no way led to a sink is not looked at again", "[engine]") {
  Job job(0, "read: items\n f: filter < read keep=~x\n a: step < f\n out: store < a");
  job.world.entries = {{.key = "ax"}, {.key = "b"}};
  CHECK(job.run(Redo::everything).result.report.items.skipped == 1);
  CHECK(job.run(Redo::undone).result.report.items.settled == 2);
}

TEST_CASE("Runs that are stopped add up to one that is not", "[engine]") {
  unsigned round = 0;
  for (const Settings& executor : all_executors()) {
    for (int each = 0; each < 4; ++each, ++round) {
      Job job(60);
      std::uint64_t ok = 0;
      for (int run = 0; run < 20; ++run) {
        Settings settings = executor;
        std::stop_source source;
        settings.stop = source.get_token();
        const unsigned last = 5 + (round * 7 + static_cast<unsigned>(run) * 11) % 20;
        unsigned seen = 0;
        const Run ran = job.run(run == 0 ? Redo::everything : Redo::undone, settings, "",
                                [&](const Item& item) {
                                  if (item.outcome() == Outcome::ok && ++seen == last) {
                                    source.request_stop();
                                  }
                                });
        ok += ran.result.report.items.ok;
        if (ran.result.ending == Ending::complete) break;
      }
      CHECK(ok == 60);
      CHECK(job.world.files() == job.fresh());
    }
  }
}

TEST_CASE("A journal that can't be kept stops the run, which is worth going on with", "[engine]") {
  World world(2000);
  const TemporaryFolder folder;
  FaultyFileSystem disk;
  disk.on_sync = [](const std::filesystem::path&) {
    return Error("io_error", "the disk is gone", Scope::run);
  };
  world.on_written = [](Written& written) { written.durability = Durability::batch; };
  auto journal = Journal::open(folder / "journal", Journal::Earlier::read, disk);
  REQUIRE(journal);
  const auto ran = try_run(world, make_graph(kTwoBranches), {.journal = journal->get()});
  REQUIRE(ran);
  CHECK(ran->result.ending == Ending::outside);
  CHECK(ran->result.cause.find("the disk is gone") != std::string::npos);
}

}  // namespace
}  // namespace imagemill::testing
