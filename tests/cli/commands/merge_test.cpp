// merge: what the shards of a run have recorded, as one run's.
#include <fstream>

#include "tests/cli/session/shards.h"
#include "tests/support/catch.h"

using namespace imagemill::testing;

TEST_CASE("What cannot be merged is said, and what else there is", "[cli]") {
  const Shards shards;
  const Finished missing = run_imagemill({"merge", shards.output().string() + "-x"});
  CHECK(missing.status == 2);
  CHECK(contains(missing.err, "there is no folder"));
  shards.run(0, 1);
  shards.run(0, 2);
  const Finished several = shards.merge();
  CHECK(several.status == 2);
  CHECK(contains(several.err, "name one with --job: "));
  CHECK(contains(several.err, ", 1 shard)"));
  CHECK(contains(several.err, ", 2 shards)"));
  const Finished unknown = shards.merge({"--job", "nosuch"});
  CHECK(unknown.status == 2);
  CHECK(contains(unknown.err, "no shard of job 'nosuch' has been run into"));
}

TEST_CASE("What shards have lost is merged", "[cli]") {
  const Bytes profiled = jpeg_file(with_profile(gradient({30, 20}, {1, 8}), rgb_profile()));
  Files files;
  for (int i = 0; i < 6; ++i) files[std::to_string(i) + ".jpg"] = profiled;
  const Shards shards(files);
  for (int i = 0; i < 2; ++i) shards.run(i, 2);
  const Finished merged = shards.merge({"--losses", shards.work().path("losses")});
  CHECK(merged.status == 0);
  CHECK(Json::parse(merged.out)["losses"][0]["items"] == 6);
  std::ifstream losses(shards.work().path("losses"));
  std::string line;
  int lines = 0;
  while (std::getline(losses, line)) ++lines;
  CHECK(lines == 7);
}

TEST_CASE("What has failed is named when shards are merged", "[cli]") {
  const Shards shards;
  for (int i = 0; i < 3; ++i) shards.run(i, 3);
  const Finished merged = shards.merge();
  CHECK(merged.status == 1);
  shards.run_whole();
  std::ifstream failures(shards.work().path("whole.failures"));
  std::string line;
  std::getline(failures, line);  // the heading
  std::getline(failures, line);
  const Json failure = Json::parse(line);
  const auto text = [&](const char* part) { return failure[part].get<std::string>(); };
  CHECK(contains(merged.err, "failed: " + text("node") + ": " + text("item") + ": " + text("code") +
                                 ": " + text("message") + "\n"));
}

TEST_CASE("Shards that are not done are named", "[cli]") {
  const Shards shards;
  CHECK(shards.merge().status == 2);
  shards.run(1, 3);
  const Finished merged = shards.merge();
  CHECK(merged.status == 75);
  CHECK(contains(merged.err, "2 of 3 shards not done: 0, 2; only the others were merged"));
  // Another number of shards is another job.
  shards.run(0, 2);
  const Finished ambiguous = shards.merge();
  CHECK(ambiguous.status == 2);
  CHECK(contains(ambiguous.err, "several jobs"));
  const std::string job = Json::parse(merged.out)["shards"] == 3
                              ? Json::parse(shards.run(1, 3).out)["shard"]["job"]
                              : Json();
  CHECK(shards.merge({"--job", job}).status == 75);
}

TEST_CASE("Shards that share no disk are merged from all of their folders", "[cli]") {
  const Shards shards;
  const std::string other = shards.work().path("other");
  shards.run(0, 2);
  run_imagemill({"run", shards.work().path("graph.yaml"), "--input", shards.work().input(),
                 "--output", other, "--shard", "1/2"});
  CHECK(shards.merge().status == 75);
  CHECK(shards.merge({other}).status == 1);
  shards.run_whole();
  CHECK(read(shards.work().path("merged.manifest")) == read(shards.work().path("whole.manifest")));
}
