// imagemill run: the files beside its outputs.
#include <nlohmann/json.hpp>

#include "tests/cli/workplace.h"
#include "tests/support/catch.h"

using namespace imagemill::testing;

namespace {

using Json = nlohmann::json;

std::vector<Json> json_lines(const std::string& text) {
  std::istringstream stream(text);
  std::vector<Json> objects;
  for (std::string line; std::getline(stream, line);) objects.push_back(Json::parse(line));
  return objects;
}

}  // namespace

TEST_CASE("sha256sum accepts the manifest of a run", "[cli]") {
  const std::string executor = GENERATE("flow", "serial");
  const Workplace work({{"a.jpg", small_jpeg(1)},
                        {"b c.jpg", small_jpeg(2)},
                        {"new\nline.jpg", small_jpeg(3)},
                        {"back\\slash.jpg", small_jpeg(4)},
                        {"ünï/\xFF.jpg", small_jpeg(5)}});
  REQUIRE(work.run({"--manifest", work.path("m"), "--executor", executor}).status == 0);
  const auto check = [&] {
    return Process({"sha256sum", "--check", "--strict", work.path("m")}, work.output()).wait();
  };
  const Finished good = check();
  CHECK(good.status == 0);
  CHECK(std::count(good.out.begin(), good.out.end(), '\n') == 5);
  work.folder().write("out/a.jpg", "damaged");
  CHECK(check().status != 0);
}

TEST_CASE("The manifest lists what was written, and only that", "[cli]") {
  const Workplace work({{"a.jpg", small_jpeg(1)}, {"broken.jpg", bytes_of("x")}});
  CHECK(work.run({"--manifest", work.path("m")}).status == 1);
  const std::string manifest = work.folder().read("m");
  CHECK(manifest.starts_with("# imagemill-manifest 1\n"));
  CHECK(manifest.ends_with("  a.jpg\n"));
  CHECK(std::count(manifest.begin(), manifest.end(), '\n') == 2);
}

TEST_CASE("The statistics are JSON that adds up", "[cli]") {
  const Workplace work(photo_set().files);
  CHECK(work.run({"--stats", work.path("s"), "--workers", "2"}).status == 1);
  const Json stats = Json::parse(work.folder().read("s"));
  CHECK(stats["schema"] == "imagemill-stats 1");
  CHECK(stats["workers"] == 2);
  const Json& items = stats["items"];
  CHECK(items["ok"] == photo_set().good());
  CHECK(items["failed"] == photo_set().broken.size());
  CHECK(items["skipped"] == 0);
  CHECK(items["cancelled"] == 0);
  CHECK(items["admitted"] == photo_set().good() + photo_set().broken.size());
  CHECK(stats["ignored_files"] == photo_set().ignored.size());
  CHECK(stats["stages"].size() == 5);
}

TEST_CASE("Every failure is in the list of failures", "[cli]") {
  Files files = {{"good.jpg", small_jpeg()},
                 {"\xFF not UTF-8.jpg", bytes_of("x")},
                 {"quote\".jpg", bytes_of("x")}};
  for (int i = 0; i < 20; ++i) files["broken" + std::to_string(i) + ".jpg"] = bytes_of("x");
  const Workplace work(files);
  const Finished run = work.run({"--failures", work.path("f")});
  CHECK(run.status == 1);
  CHECK(contains(run.err, "… and 12 more (" + work.path("f") + " lists them all)"));
  const auto failures = json_lines(work.folder().read("f"));
  REQUIRE(failures.size() == 23);
  CHECK(failures[0]["schema"] == "imagemill-failures 1");
  std::set<std::string> items;
  for (std::size_t i = 1; i < failures.size(); ++i) {
    CHECK(failures[i]["node"] == "read");
    CHECK(failures[i]["code"] == "not_an_image");
    CHECK_FALSE(failures[i]["message"].get<std::string>().empty());
    items.insert(failures[i]["item"].get<std::string>());
  }
  CHECK(items.size() == 22);
  CHECK(items.contains("quote\".jpg"));
  CHECK(items.contains("\xEF\xBF\xBD not UTF-8.jpg"));
}

TEST_CASE("A run without failures has a list without failures", "[cli]") {
  const Workplace work({{"good.jpg", small_jpeg()}});
  REQUIRE(work.run({"--failures", work.path("f")}).status == 0);
  CHECK(json_lines(work.folder().read("f")).size() == 1);
}

TEST_CASE("Records that can't be written are said so", "[cli]") {
  const Workplace work({{"good.jpg", small_jpeg()}});
  work.folder().write("file", "x");
  for (const std::string flag : {"--manifest", "--failures", "--losses", "--stats"}) {
    const Finished run = work.run({flag, work.path("file/below")});
    CHECK(run.status == 2);
    CHECK(contains(run.err, "cannot write"));
    CHECK(work.outputs().empty());
  }
  work.run({"--failures", work.path("new"), "--stats", work.path("file/below")});
  CHECK_FALSE(std::filesystem::exists(work.path("new")));
}

TEST_CASE("Records that go to standard output leave what its file holds", "[cli]") {
  const Workplace work({{"broken.jpg", bytes_of("broken")}});
  work.folder().write("all.log", "before\n");
  std::string line = "exec";
  for (const std::string& word : imagemill_command(work.command(
           {"--failures", "/dev/stdout", "--stats", "/dev/stdout", "--progress", "none"}))) {
    line += " '" + word + "'";
  }
  CHECK(Process({"sh", "-c", line + " >>'" + work.path("all.log") + "'"}).wait().status == 1);
  const std::string log = work.folder().read("all.log");
  CHECK(log.starts_with("before\n{\"schema\":\"imagemill-failures 1\"}\n"));
  CHECK(contains(log, "imagemill-stats 1"));
  CHECK(contains(log, "1 image in "));
}

TEST_CASE("Where one record is lost the others are kept", "[cli]") {
  const Workplace work({{"broken.jpg", bytes_of("broken")}});
  const Finished run = work.run({"--failures", "/dev/full", "--losses", work.path("l")});
  CHECK(contains(run.err, "cannot write '/dev/full': No space left on device"));
  CHECK(contains(work.folder().read("l"), "imagemill-losses 1"));
}

TEST_CASE("What outputs have lost is counted, and listed", "[cli]") {
  const Bytes profiled = jpeg_file(with_profile(gradient({30, 20}, {1, 8}), rgb_profile()));
  const Workplace work({{"a.jpg", small_jpeg()}, {"b.jpg", profiled}, {"c.jpg", profiled}});
  const Finished run = work.run({"--losses", work.path("l"), "--stats", work.path("s")});
  CHECK(run.status == 0);
  CHECK(contains(run.out, "2 images: a colour profile could not be used; the first: decode: "));
  const auto losses = json_lines(work.folder().read("l"));
  REQUIRE(losses.size() == 3);
  CHECK(losses[0]["schema"] == "imagemill-losses 1");
  for (std::size_t i = 1; i < 3; ++i) {
    CHECK(losses[i]["node"] == "decode");
    CHECK(losses[i]["code"] == "profile_dropped");
  }
  const Json stats = Json::parse(work.folder().read("s"));
  REQUIRE(stats["losses"].size() == 1);
  CHECK(stats["losses"][0]["code"] == "profile_dropped");
  CHECK(stats["losses"][0]["items"] == 2);
  const Finished summary = work.run({"--summary", "json"});
  CHECK(Json::parse(summary.out)["losses"] == stats["losses"]);
}

TEST_CASE("A parallel run tells what was planned for each format, and claims no more", "[cli]") {
  const Workplace work(photo_set().files);
  CHECK(work.run({"--stats", work.path("s")}).status == 1);
  const Json formats = Json::parse(work.folder().read("s"))["memory"]["formats"];
  REQUIRE(formats.contains("jpeg"));
  CHECK(formats["jpeg"]["largest_estimate_bytes"] > 0);
  CHECK_FALSE(formats["jpeg"].contains("largest_actual_bytes"));
}

TEST_CASE("A run says in a line of JSON what it came to", "[cli]") {
  const Workplace work({{"a.jpg", small_jpeg()}, {"broken.jpg", bytes_of("broken")}});
  const Finished run = work.run({"--summary", "json"});
  CHECK(run.status == 1);
  CHECK(std::count(run.out.begin(), run.out.end(), '\n') == 1);
  const auto summary = nlohmann::json::parse(run.out);
  CHECK(summary["schema"] == "imagemill-summary 1");
  CHECK(summary["ending"] == "complete");
  CHECK(summary["items"]["ok"] == 1);
  CHECK(summary["items"]["failed"] == 1);
  const Finished stopped = work.run({"--summary", "json", "--on-error", "stop"});
  CHECK(nlohmann::json::parse(stopped.out)["ending"] == "on_error");
  CHECK(work.run({"--summary", "yaml"}).status == 2);
}
