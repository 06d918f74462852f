// imagemill run --resume: going on, and not where it would harm.
#include <nlohmann/json.hpp>

#include "engine/files/output_lock.h"
#include "tests/cli/workplace.h"
#include "tests/support/catch.h"

using namespace imagemill;
using namespace imagemill::testing;

namespace {

Files photos(unsigned count) {
  Files files;
  for (unsigned i = 0; i < count; ++i) files["p/" + std::to_string(i) + ".jpg"] = small_jpeg(i);
  return files;
}

}  // namespace

TEST_CASE("A run goes on, and its manifest is that of a whole one", "[cli]") {
  const Workplace work(photos(8));
  REQUIRE(work.run({"--manifest", work.path("whole")}).status == 0);
  std::filesystem::remove(work.output() / "p/3.jpg");
  const Finished again =
      work.run({"--resume", "--manifest", work.path("resumed"), "--stats", work.path("stats")});
  CHECK(again.status == 0);
  CHECK(contains(again.out, "1 ok, 7 skipped"));
  CHECK(contains(again.out, "7 done before"));
  CHECK(work.folder().read("resumed") == work.folder().read("whole"));
  const auto stats = nlohmann::json::parse(work.folder().read("stats"));
  CHECK(stats["items"]["skipped"] == 7);
  CHECK(stats["done_before"] == 7);
  CHECK(contains(work.run({"--resume=hash"}).out, "8 skipped"));
}

TEST_CASE("Only what has failed is done where that is asked for", "[cli]") {
  Files files = photos(4);
  files["bad.jpg"] = {0xFF, 0xD8, 0xFF, 0xE0};
  const Workplace work(files);
  const Finished never = work.run({"--retry-failed"});
  CHECK(never.status == 2);
  CHECK(contains(never.err, "no_journal: no run of this graph has written to"));
  REQUIRE(work.run().status == 1);
  std::filesystem::remove(work.output() / "p/1.jpg");
  write_files(work.input(), {{"bad.jpg", small_jpeg(9)}});
  CHECK(work.run({"--retry-failed"}).status == 0);
  CHECK(work.outputs() == std::vector<std::string>{"bad.jpg", "p/0.jpg", "p/2.jpg", "p/3.jpg"});
}

TEST_CASE("A second run over an output folder is refused, and told who is there", "[cli]") {
  const Workplace work(photos(2));
  const auto lock = OutputLock::take(work.output(), OutputLock::Look::after_death);
  REQUIRE(lock);
  const Finished second = work.run();
  CHECK(second.status == 2);
  CHECK(contains(second.err, "in_use: another run writes to the output folder"));
  CHECK(contains(second.err, "process " + std::to_string(::getpid())));
  CHECK(work.outputs().empty());
}

TEST_CASE("An output folder in the input folder is refused unless it is asked for", "[cli]") {
  const Workplace work(photos(2));
  const auto run = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"run", work.path("graph.yaml"), "--input", work.input(),
                                          "--output"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_imagemill(arguments);
  };
  for (const std::filesystem::path& output : {work.input(), work.input() / "out"}) {
    const Finished refused = run({output});
    CHECK(refused.status == 2);
    CHECK(contains(refused.err, "nested: allow"));
  }
  CHECK(read_files(work.input()) == photos(2));
  const std::string inside = (work.input() / "out").string();
  CHECK(contains(run({inside, "--nested", "allow"}).out, "2 ok"));
  // Files in the output folder are not read.
  CHECK(contains(run({inside, "--nested", "allow"}).out, "2 ok"));
  const std::string same = work.input().string();
  CHECK(run({same, "--nested", "allow", "--set", "write.path={dir}/{stem}-s.{ext}"}).status == 0);
  CHECK(run({same, "--nested", "allow", "--resume"}).status == 2);
}

TEST_CASE("A name that is kept for what is imagemill's own is no output", "[cli]") {
  const Workplace work(photos(1));
  const Finished run = work.run({"--set", "write.path=.imagemill/journal"});
  CHECK(run.status == 1);
  CHECK(contains(run.err, "a name that imagemill keeps for itself"));
}
