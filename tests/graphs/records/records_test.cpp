// Records that a run leaves on the disk for other programs.
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "graphs/records/run_records.h"
#include "tests/support/catch.h"
#include "tests/support/graph_runner.h"
#include "tests/support/photo_set.h"
#include "tests/support/temporary_folder.h"

using namespace imagemill;
using namespace imagemill::testing;

namespace {

using Json = nlohmann::json;

Outputs run_photo_set(bool serial) {
  return run_graph(chain({"{type: decode}", "{type: resize, width: 32}", "{type: encode}"}),
                   {photo_set().files.begin(), photo_set().files.end()},
                   {.serial = serial, .workers = 2});
}

}  // namespace

TEST_CASE("The statistics of a run are JSON whose items add up", "[graphs]") {
  const bool serial = GENERATE(true, false);
  const Outputs outputs = run_photo_set(serial);
  const Json stats = Json::parse(stats_json(outputs.report));
  CHECK(stats["schema"] == "imagemill-stats 1");
  CHECK(stats["executor"] == (serial ? "serial" : "flow"));
  CHECK(stats["workers"] == (serial ? 1 : 2));
  const Json& items = stats["items"];
  CHECK(items["admitted"] == photo_set().files.size() - photo_set().ignored.size());
  CHECK(items["failed"] == outputs.failures.size());
  CHECK(items["ok"] == outputs.files.size());
  CHECK(items["admitted"] == items["ok"].get<int>() + items["skipped"].get<int>() +
                                 items["failed"].get<int>() + items["cancelled"].get<int>());
  CHECK(stats["ignored_files"] == photo_set().ignored.size());
  CHECK(stats["wall_s"].get<double>() > 0);
  CHECK(stats["images_per_s"].get<double>() ==
        Approx(items["admitted"].get<double>() / stats["wall_s"].get<double>()));
  CHECK(stats["peak_rss_bytes"].get<std::uint64_t>() > 1 << 20);
  // But for the first 128 KiB of a file for each of the threads that read.
  CHECK(stats["memory"]["limit_bytes"] == (64 << 20) - 2 * (128 << 10));
  CHECK(stats["memory"]["peak_estimate_bytes"].get<std::uint64_t>() >=
        stats["memory"]["largest_item_bytes"].get<std::uint64_t>());
  CHECK(stats["memory"]["largest_item_bytes"].get<std::uint64_t>() > 0);
  CHECK(stats["memory"]["admission_wait_s"].get<double>() >= 0);
}

TEST_CASE("Every stage has its statistics", "[graphs]") {
  const Outputs outputs = run_photo_set(false);
  const Json stats = Json::parse(stats_json(outputs.report));
  const Json& stages = stats["stages"];
  REQUIRE(stages.size() == 5);
  const char* const types[] = {"read", "decode", "resize", "encode", "write"};
  for (std::size_t i = 0; i < 5; ++i) {
    const Json& stage = stages[i];
    INFO(types[i]);
    CHECK(stage["type"] == types[i]);
    CHECK(stage["concurrency"] == 2);
    CHECK(stage["count"].get<int>() > 0);
    for (const char* field :
         {"service_s", "service_p50_s", "service_p90_s", "service_p99_s", "cpu_s", "utilisation"}) {
      CHECK(stage[field].get<double>() > 0);
    }
    for (const char* field : {"queue_wait_s", "setup_s"}) CHECK(stage[field].get<double>() >= 0);
    CHECK(stage["service_p50_s"] <= stage["service_p90_s"]);
    CHECK(stage["service_p90_s"] <= stage["service_p99_s"]);
    CHECK(stage["bytes_out"].get<std::uint64_t>() > 0);
    if (i > 0) CHECK(stage["bytes_in"] == stages[i - 1]["bytes_out"]);
  }
  CHECK(stages[4]["count"] == outputs.files.size());
  CHECK(stages[4]["failed"] == 0);
  CHECK(stages[0]["failed"].get<int>() + stages[1]["failed"].get<int>() ==
        static_cast<int>(outputs.failures.size()));
  std::uint64_t written = 0;
  for (const auto& file : outputs.files) written += file.second.size();
  CHECK(stages[4]["bytes_out"] == written);
}

TEST_CASE("The statistics of a run of nothing are valid", "[graphs]") {
  const Json stats = Json::parse(stats_json(run_graph(chain({}), {}).report));
  CHECK(stats["items"]["admitted"] == 0);
  CHECK(stats["images_per_s"] == 0);
}

TEST_CASE("Failures are JSON Lines, whatever bytes a file name has", "[graphs]") {
  const TemporaryFolder folder;
  auto log = ItemLog::create(folder / "f", failures_heading());
  REQUIRE(log);
  Error error("truncated", "the file \"ends\"\nbefore the picture does");
  error.node = "decode";
  for (const std::string item :
       {"plain.jpg", "not UTF-8 \xFF\xFE.jpg", "\xC3", "line\nbreak\t\x01.jpg", "quote\".jpg"}) {
    error.item = item;
    log->add(failure_line(error));
  }
  REQUIRE(log->finish());

  std::istringstream lines(folder.read("f"));
  std::vector<Json> objects;
  for (std::string line; std::getline(lines, line);) objects.push_back(Json::parse(line));
  REQUIRE(objects.size() == 6);
  CHECK(objects[0] == Json({{"schema", "imagemill-failures 1"}}));
  CHECK(objects[1] == Json({{"item", "plain.jpg"},
                            {"node", "decode"},
                            {"code", "truncated"},
                            {"message", "the file \"ends\"\nbefore the picture does"}}));
  CHECK(objects[2]["item"] == "not UTF-8 \xEF\xBF\xBD\xEF\xBF\xBD.jpg");
  CHECK(objects[4]["item"] == "line\nbreak\t\x01.jpg");
}

TEST_CASE("The list of failures of a run without any is its header", "[graphs]") {
  const TemporaryFolder folder;
  auto log = ItemLog::create(folder / "f", failures_heading());
  REQUIRE(log);
  REQUIRE(log->finish());
  CHECK(folder.read("f") == "{\"schema\":\"imagemill-failures 1\"}\n");
  CHECK_FALSE(ItemLog::create(folder / "missing/f", failures_heading()));
}

TEST_CASE("A list that goes to an open file leaves what is there", "[graphs]") {
  const TemporaryFolder folder;
  folder.write("log", "before\n");
  const int open = ::open((folder / "log").c_str(), O_WRONLY | O_APPEND);
  REQUIRE(open >= 0);
  const std::string name = "/dev/fd/" + std::to_string(open);
  auto log = ItemLog::create(name, "heading\n");
  REQUIRE(log);
  log->add("line\n");
  REQUIRE(log->finish());
  ::close(open);
  CHECK(folder.read("log") == "before\nheading\nline\n");
}

TEST_CASE("A list of a run that did not begin goes only where it was made for it", "[graphs]") {
  const TemporaryFolder folder;
  folder.write("empty", "");
  folder.write("old", "lines");
  for (const char* name : {"empty", "old", "new"}) {
    auto log = ItemLog::create(folder / name, failures_heading());
    REQUIRE(log);
    log->discard();
  }
  CHECK(folder.files() == std::vector<std::string>{"empty", "old"});
  CHECK(folder.read("old") == "lines");
}

TEST_CASE("Why a list cannot be written is said", "[graphs]") {
  const TemporaryFolder folder;
  CHECK(ItemLog::create(folder / "missing/f", failures_heading()).error().code == "not_found");
  auto log = ItemLog::create("/dev/full", failures_heading());
  REQUIRE(log);
  const auto finished = log->finish();
  REQUIRE_FALSE(finished);
  CHECK(finished.error().code == "disk_full");
}

TEST_CASE("What a run has measured is read back", "[graphs]") {
  const TemporaryFolder folder;
  RunReport report = run_photo_set(true).report;
  report.losses["missing_letters"] = {
      .meaning = "letters are missing", .items = 3, .example = "mark: a.jpg: …"};
  const auto read = read_report(folder.write("stats", stats_json(report)));
  REQUIRE(read);
  CHECK(stats_json(*read) == stats_json(report));
  CHECK(read->losses.at("missing_letters").items == 3);
}

TEST_CASE("What is no record of a run is refused", "[graphs]") {
  const TemporaryFolder folder;
  CHECK(read_report(folder / "missing").error().code == "not_found");
  std::filesystem::create_symlink("loop", folder / "loop");
  CHECK(read_report(folder / "loop").error().code == "io_error");
  for (const std::string text :
       {"", "{}", "[]", "null", "no JSON", R"({"schema": 1, "stages": []})",
        R"({"schema": "imagemill-stats 2", "stages": []})", R"({"schema": "imagemill-stats 1"})",
        R"({"schema": "imagemill-stats 1", "stages": [{}]})",
        R"({"schema": "imagemill-stats 1", "stages": [{"node": 1}]})",
        R"({"schema": "imagemill-stats 1", "stages": [{"node": "a", "count": "many"}]})"}) {
    INFO(text);
    const auto report = read_report(folder.write("stats", text));
    REQUIRE_FALSE(report);
    CHECK(report.error().code == "corrupt");
  }
}
