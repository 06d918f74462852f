// Files that shards leave for one another, and how they are read.
#include <fstream>

#include "graphs/records/run_records.h"
#include "graphs/shards/cluster_record.h"
#include "graphs/shards/job_folder.h"
#include "graphs/shards/merge_shards.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"

namespace imagemill::testing {
namespace {

constexpr Fingerprint kInput{5, 6};

Summary summary_of_shard(std::uint64_t index, std::uint64_t count) {
  Summary summary{.cause = "",
                  .items = {.admitted = 7, .ok = 4, .skipped = 2, .failed = 1, .settled = 2},
                  .ignored = 3,
                  .removed = 1,
                  .losses = {},
                  .wall_s = 2.5,
                  .cpu_s = 4.25};
  summary.shard = ShardRecord{.shard = {index, count},
                              .job = "job",
                              .host = "host",
                              .begun_s = 100.0 + static_cast<double>(index),
                              .ended_s = 200.0 + static_cast<double>(index)};
  return summary;
}

RunReport report_of(std::uint64_t images, std::int64_t ns) {
  RunReport report;
  report.items = {.admitted = images, .ok = images};
  report.wall_s = 1;
  report.executor = "flow";
  report.formats["jpeg"] = {.items = images, .estimate_bytes = images * 1000};
  StageStats stage;
  stage.node = "decode";
  stage.type = "decode";
  stage.on_workers = true;
  stage.concurrency = 2;
  stage.total.count = images;
  stage.total.bytes_out = 10 * images;
  for (std::uint64_t i = 0; i < images; ++i) {
    stage.total.service.add(ns);
    stage.total.service_ns += ns;
  }
  stage.utilisation = 0.5;
  report.stages.push_back(stage);
  return report;
}

TEST_CASE("A summary is read as it was written", "[graphs]") {
  Summary summary = summary_of_shard(3, 9);
  summary.losses["missing_letters"] = {
      .meaning = "letters are missing", .items = 3, .example = "mark: a.jpg: …"};
  const auto read = parse_summary(summary_line(summary));
  REQUIRE(read);
  CHECK(summary_line(*read) == summary_line(summary));
  CHECK(read->shard->shard == Shard{3, 9});
  CHECK(read->items.settled == 2);
  CHECK(read->losses.at("missing_letters").example == "mark: a.jpg: …");
  for (const char* text : {"", "{}", "[]", "null", R"({"schema": "imagemill-stats 1"})",
                           R"({"schema": "imagemill-summary 1", "items": 3})"}) {
    CHECK_FALSE(parse_summary(text));
  }
}

TEST_CASE("Losses of shards add up", "[graphs]") {
  RunReport first = report_of(90, 1'000'000);
  first.losses["a"] = {.meaning = "a is lost", .items = 3, .example = "first"};
  RunReport second = report_of(10, 1'000'000);
  second.losses["a"] = {.meaning = "a is lost", .items = 2, .example = "second"};
  second.losses["b"] = {.meaning = "b is lost", .items = 1, .example = "third"};
  RunReport sum;
  merge(sum, first);
  merge(sum, second);
  CHECK(sum.losses.at("a").items == 5);
  CHECK(sum.losses.at("a").example == "first");
  CHECK(sum.losses.at("b").items == 1);
}

TEST_CASE("Reports add up, percentiles too", "[graphs]") {
  RunReport sum;
  merge(sum, report_of(90, 1'000'000));
  merge(sum, report_of(10, 80'000'000));
  CHECK(sum.items.admitted == 100);
  CHECK(sum.wall_s == 2);
  CHECK(sum.formats.at("jpeg").items == 100);
  CHECK(sum.formats.at("jpeg").estimate_bytes == 90'000);
  const StageShard& stage = sum.stages.front().total;
  CHECK(stage.count == 100);
  CHECK(stage.bytes_out == 1000);
  CHECK(stage.service.quantile(0.5) == Approx(1e-3).epsilon(0.07));
  CHECK(stage.service.quantile(0.99) == Approx(80e-3).epsilon(0.07));
  CHECK(sum.stages.front().utilisation == Approx(0.5));
}

TEST_CASE("Shards of a job must be made by the same", "[graphs]") {
  const TemporaryFolder folder;
  const JobFolder job(folder.path(), "job", 4, "graph");
  const JobMakers makers{.versions = "imagemill 1;", .resources = {1, 2}};
  REQUIRE(job.make());
  REQUIRE(job.begin(kInput, makers));
  CHECK(job.begin(kInput, makers));
  const auto other = job.begin(kInput, {.versions = "imagemill 2;", .resources = {1, 2}});
  REQUIRE_FALSE(other);
  CHECK(other.error().code == "other_versions");
  CHECK(other.error().message.find("imagemill 1;") != std::string::npos);
  const auto fonts = job.begin(kInput, {.versions = "imagemill 1;", .resources = {1, 3}});
  REQUIRE_FALSE(fonts);
  CHECK(fonts.error().message.find("fonts") != std::string::npos);
  CHECK(JobFolder::jobs_in(folder.path()) == std::vector<std::string>{"job"});
  const auto opened = JobFolder::open(folder.path(), "job");
  REQUIRE(opened);
  CHECK(opened->shards() == 4);
  CHECK(opened->graph() == "graph");
}

TEST_CASE("A job is told by its graph, its input and its shards", "[graphs]") {
  const JobId id{.graph = {1, 2}, .input = {3, 4}, .shards = 5};
  CHECK(id.text() == JobId{{1, 2}, {3, 4}, 5}.text());
  CHECK(id.text().size() == 32);
  for (const JobId& other :
       {JobId{{1, 1}, {3, 4}, 5}, JobId{{1, 2}, {3, 3}, 5}, JobId{{1, 2}, {3, 4}, 6}}) {
    CHECK(other.text() != id.text());
  }
}

TEST_CASE("A marker that is damaged is no marker, and is named", "[graphs]") {
  const TemporaryFolder folder;
  const JobFolder job(folder.path(), "job", 2, "graph");
  REQUIRE(job.make());
  REQUIRE(job.begin(kInput, {}));
  CHECK(job.done(1).value() == std::nullopt);
  REQUIRE(job.set_done(summary_of_shard(1, 2)));
  CHECK(summary_line(**job.done(1)) == summary_line(summary_of_shard(1, 2)));
  std::ofstream(job.file(1, JobFolder::Kind::done)) << "{\"sche";
  const auto damaged = job.done(1);
  REQUIRE_FALSE(damaged);
  CHECK(damaged.error().message.find("000001.done.json") != std::string::npos);
}

TEST_CASE("What is no record of a cluster's run is refused", "[graphs]") {
  const TemporaryFolder folder;
  CHECK_FALSE(read_cluster_record(folder / "missing"));
  CHECK_FALSE(read_cluster_record(folder.write("json", R"({"schema": "imagemill-cluster 1"})")));
}

TEST_CASE("A marker that cannot be read does not make a shard undone", "[graphs]") {
  const TemporaryFolder folder;
  const JobFolder job(folder.path(), "job", 2, "graph");
  REQUIRE(job.make());
  CHECK_FALSE(job.done(0)->has_value());
  std::filesystem::create_symlink("000000.done.json", job.file(0, JobFolder::Kind::done));
  const auto done = job.done(0);
  REQUIRE_FALSE(done);
  CHECK(done.error().code == "io_error");
}

TEST_CASE("A job that cannot be read is not taken for none", "[graphs]") {
  const TemporaryFolder folder;
  const JobFolder job(folder.path(), "job", 2, "graph");
  REQUIRE(job.make());
  CHECK(merge_job({folder.path()}, "job").error().code == "no_job");
  std::filesystem::create_symlink("job.json", job.statement());
  CHECK(merge_job({folder.path()}, "job").error().code == "io_error");
}

TEST_CASE("A merge that is to stop does", "[graphs]") {
  const TemporaryFolder folder;
  const JobFolder job(folder.path(), "job", 2, "graph");
  REQUIRE(job.make());
  REQUIRE(job.begin(kInput, {.versions = "imagemill 1;", .resources = {1, 2}}));
  std::stop_source stopped;
  stopped.request_stop();
  CHECK(merge_job({folder.path()}, "job", stopped.get_token()).error().code == "interrupted");
}

}  // namespace
}  // namespace imagemill::testing
