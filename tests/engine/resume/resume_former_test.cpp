// Outputs that earlier runs have made and a later one does not.
#include "tests/engine/resume/resume_job.h"

namespace imagemill::testing {
namespace {

// kTwoBranches without its second branch.
constexpr const char* kWithoutSecond =
    "read: items\n a: step < read\n b: io_step < a\n out1: store < b";

TEST_CASE("A branch that goes takes its outputs with it, and one that comes is made", "[engine]") {
  Job job(6);
  job.run(Redo::everything);
  job.written();
  const std::string other = R"(
    read: items
    a: step < read
    b: io_step < a
    out1: store < b
    out3: store < a
  )";
  const Run again = job.run(Redo::undone, {}, other);
  CHECK(again.result.report.removed == 6);
  CHECK(job.written().size() == 6);
  CHECK(job.world.files() == job.fresh(other));
}

TEST_CASE("An output that somebody has changed since is not removed", "[engine]") {
  Job job(3);
  job.run(Redo::everything);
  job.world.put("out2/001", "mine");
  job.run(Redo::undone, {}, kWithoutSecond);
  CHECK(job.world.get("out2/001") == "mine");
  CHECK_FALSE(job.world.get("out2/000"));
}

TEST_CASE("Outputs of inputs that are gone stay", "[engine]") {
  Job job(3);
  job.run(Redo::everything);
  job.world.entries.pop_back();
  job.run(Redo::undone);
  CHECK(job.world.files().size() == 6);
}

TEST_CASE("An output whose path has become another item's is not removed", "[engine]") {
  Job job(0, "read: items\n a: step < read\n out: store < a path={dir}/{name}");
  job.world.entries = {{.key = "p/a"}, {.key = "p/p/a"}};
  job.run(Redo::everything);
  const std::string shifted = "read: items\n a: step < read\n out: store < a path=p/{dir}/{name}";
  CHECK(job.run(Redo::undone, {}, shifted).result.report.removed == 1);
  CHECK(job.world.files() == job.fresh(shifted));
}

TEST_CASE("An input that fails now leaves what it once gave, until it gives something else",
          "[engine]") {
  Job job(4);
  job.run(Redo::everything);
  bool broken = true;
  job.world.hook = [&](Phase phase, const std::string&, const std::string& key) -> Result<void> {
    if (broken && phase == Phase::probe && key == "002") return failure("bad", "unreadable");
    return {};
  };
  job.world.entries[2].modified = 9;
  CHECK(job.run(Redo::undone).result.report.items.failed == 1);
  CHECK(job.world.get("out2/002"));
  broken = false;
  job.run(Redo::undone, {}, kWithoutSecond);
  CHECK(job.world.files() == job.fresh(kWithoutSecond));
}

TEST_CASE("What has to go goes, however often the runs that should remove it are stopped",
          "[engine]") {
  for (const Settings& executor : all_executors()) {
    Job job(40);
    job.run(Redo::everything, executor);
    for (int run = 0; run < 20; ++run) {
      Settings settings = executor;
      std::stop_source source;
      settings.stop = source.get_token();
      int left = 7;
      const Run ran = job.run(Redo::undone, settings, kWithoutSecond, [&](const Item& item) {
        if (item.record() && --left == 0) source.request_stop();
      });
      if (ran.result.ending == Ending::complete) break;
      CHECK(ran.result.report.removed == 0);
    }
    job.run(Redo::undone, executor, kWithoutSecond);
    CHECK(job.world.files() == job.fresh(kWithoutSecond));
    CHECK(job.run(Redo::undone, executor, kWithoutSecond).result.report.former == 0);
  }
}

TEST_CASE("Outputs that are made no more stay where it is not asked for, and are counted",
          "[engine]") {
  Job job(3);
  job.run(Redo::everything);
  for (int again = 0; again < 2; ++again) {
    const Run ran = job.run(Redo::undone, {.former = Former::kept}, kWithoutSecond);
    CHECK(ran.result.report.former == 3);
    CHECK(ran.result.report.removed == 0);
    CHECK(job.world.files().size() == 6);
  }
  CHECK(job.run(Redo::undone, {}, kWithoutSecond).result.report.removed == 3);
  CHECK(job.world.files() == job.fresh(kWithoutSecond));
}

TEST_CASE("Paths of what is not done again are taken", "[engine]") {
  const std::string graph = "read: items\n a: step < read\n out: store < a path=x/{stem}";
  Job job(0, graph);
  job.world.entries = {{.key = "a.jpg"}, {.key = "b.jpg"}};
  job.run(Redo::everything);
  job.world.entries.push_back({.key = "a.png"});
  bool first = true;
  for (const Redo redo : {Redo::failed, Redo::undone, Redo::failed, Redo::undone}) {
    const Run again = job.run(redo);
    CHECK(again.result.report.items.failed == (redo == Redo::failed && first ? 0 : 1));
    first = false;
    CHECK(job.world.get("x/a") == "a.jpg>a");
  }
}

}  // namespace
}  // namespace imagemill::testing
