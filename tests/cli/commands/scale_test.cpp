// imagemill scale: a study, its file, and two compared.
#include <nlohmann/json.hpp>

#include "tests/cli/workplace.h"
#include "tests/support/catch.h"

using namespace imagemill::testing;

namespace {

using Json = nlohmann::json;

Finished scale(const Workplace& work, const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {"scale", work.path("graph.yaml"), "--input", work.input()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_imagemill(arguments);
}

}  // namespace

TEST_CASE("A study measures every way, and leaves nothing but its file", "[cli]") {
  const Workplace work({{"a.jpg", small_jpeg()}, {"b.jpg", small_jpeg(2)}});
  const Finished done =
      scale(work, {"--workers", "1,2", "--repeat", "3", "--json", work.path("s")});
  CHECK(done.status == 0);
  CHECK(done.err == kNothing);
  CHECK(contains(done.out, "Every output of every run equals the serial run's: 2 files, 9 runs."));
  CHECK(work.outputs().empty());
  const Json json = Json::parse(work.folder().read("s"));
  CHECK(json["schema"] == "imagemill-scale 1");
  CHECK(json["identical"] == true);
  CHECK(json["points"].size() == 3);
  CHECK(json["points"][2]["workers"] == 2);
  CHECK(json["points"][2]["profile"]["schema"] == "imagemill-profile 1");
  CHECK_FALSE(json["machine"]["versions"]["libjpeg-turbo"].get<std::string>().empty());

  const Finished compared = run_imagemill({"scale", "--compare", work.path("s"), work.path("s")});
  CHECK(compared.status == 0);
  CHECK(contains(compared.out, "no more than noise"));
}

TEST_CASE("A study of several processes says where their time went", "[cli]") {
  const Workplace work({{"a.jpg", small_jpeg()}, {"b.jpg", small_jpeg(2)}});
  const Finished done = scale(work, {"--modes", "serial,flow,distributed", "--workers", "2",
                                     "--repeat", "1", "--json", work.path("s")});
  CHECK(done.status == 0);
  CHECK(done.err == kNothing);
  CHECK(contains(done.out, "2 workers in 2 processes"));
  CHECK(contains(done.out, "Every output of every run equals the serial run's: 2 files, 3 runs."));
  const Json json = Json::parse(work.folder().read("s"));
  REQUIRE(json["points"].size() == 3);
  const Json& point = json["points"][2];
  CHECK(point["mode"] == "distributed");
  CHECK(point["profile"].is_null());
  const Json& cluster = point["cluster"];
  double seconds = 0;
  for (const char* part :
       {"work_s", "start_up_s", "scheduling_s", "process_s", "straggler_s", "merge_s"}) {
    CHECK(cluster[part] >= 0);
    seconds += cluster[part].get<double>();
  }
  CHECK(seconds <= 1.1 * point["median_s"].get<double>());
  std::uint64_t images = 0;
  for (const Json& node : cluster["nodes"]) images += node["images"].get<std::uint64_t>();
  CHECK(images == 2);

  CHECK(scale(work, {"--modes", "distributed", "--workers", "1"}).status == 2);
  CHECK(scale(work, {"--modes", "parallel"}).status == 2);
}

TEST_CASE("A slower study than before has status 1", "[cli]") {
  const Workplace work({{"a.jpg", small_jpeg()}});
  REQUIRE(scale(work, {"--workers", "1", "--json", work.path("before")}).status == 0);
  Json json = Json::parse(work.folder().read("before"));
  for (Json& point : json["points"]) point["wall_s"] = {1.0, 1.0, 1.0};
  work.folder().write("before", json.dump());
  json["points"][1]["wall_s"] = {1.5, 1.5, 1.5};
  work.folder().write("after", json.dump());
  const Finished compared =
      run_imagemill({"scale", "--compare", work.path("before"), work.path("after")});
  CHECK(compared.status == 1);
  CHECK(contains(compared.out, "slower"));
  CHECK(run_imagemill({"scale", "--compare", work.path("after"), work.path("before")}).status == 0);
}

TEST_CASE("What can't be studied is told, and nothing is run", "[cli]") {
  const Workplace work({{"a.jpg", small_jpeg()}});
  CHECK(run_imagemill({"scale"}).status == 2);
  CHECK(scale(work, {"--workers", "0"}).status == 2);
  CHECK(scale(work, {"--json", work.path("missing/file")}).status == 2);
  CHECK(run_imagemill({"scale", work.path("graph.yaml"), "--input", "-"}).status == 2);
  CHECK(run_imagemill({"scale", "--compare", work.path("graph.yaml"), work.path("none")}).status ==
        2);
}

TEST_CASE("A study says what failed", "[cli]") {
  const Workplace work({{"a.jpg", small_jpeg()}, {"b.jpg", bytes_of("broken")}});
  const Finished done = scale(work, {"--workers", "1", "--repeat", "1"});
  CHECK(done.status == 1);
  CHECK(contains(done.out, "1 of 2 images failed"));
}
