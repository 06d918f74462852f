// imagemill profile: its tables, its JSON and its trace.
#include <map>
#include <set>

#include <nlohmann/json.hpp>

#include "tests/cli/workplace.h"
#include "tests/support/catch.h"

using namespace imagemill::testing;

namespace {

using Json = nlohmann::json;

Files photos() {
  Files files;
  for (unsigned i = 0; i < 12; ++i) files["p" + std::to_string(i) + ".jpg"] = small_jpeg(i);
  files["broken.jpg"] = bytes_of("no image");
  return files;
}

// imagemill profile graph.yaml …
Finished profile(const Workplace& work, const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments = work.command(more);
  arguments.front() = "profile";
  return run_imagemill(arguments);
}

}  // namespace

TEST_CASE("A profile writes the outputs, and says where the time went", "[cli]") {
  const Workplace work(photos());
  REQUIRE(work.run().status == 1);
  const Files outputs = read_files(work.output());
  std::filesystem::remove_all(work.output());

  const Finished profiled = profile(work);
  CHECK(profiled.status == 1);  // one is broken
  CHECK(profiled.err.starts_with("failed: read: broken.jpg: not_an_image"));
  CHECK(read_files(work.output()) == outputs);
  for (const char* part : {"stage ", "waits, of a visit", "serial ", "worker-seconds",
                           "megapixels ", "13 images in ", "Start-up took ", "busy: 'decode'"}) {
    INFO(part);
    CHECK(contains(profiled.out, part));
  }
  CHECK_FALSE(contains(profiled.out, "\x1b"));
}

TEST_CASE("A profile as JSON holds every stage, and its worker-seconds add up", "[cli]") {
  const Workplace work(photos());
  REQUIRE(profile(work, {"--json", work.path("p"), "--workers", "3"}).status == 1);
  const Json json = Json::parse(work.folder().read("p"));
  CHECK(json["schema"] == "imagemill-profile 1");
  CHECK(json["items"] == 13);
  std::map<std::string, int> visits;
  double busy = 0;
  for (const Json& stage : json["stages"]) {
    visits[stage["node"]] = stage["visits"];
    int in_histogram = 0;
    for (const Json& bucket : stage["service_histogram"]) {
      CHECK(bucket[0] < bucket[1]);
      in_histogram += bucket[2].get<int>();
    }
    CHECK(in_histogram == stage["visits"]);
    CHECK(stage["inflation"].is_null());  // of a run as short as this
    if (stage["on_workers"])
      busy += stage["service_s"].get<double>() + stage["setup_s"].get<double>();
  }
  CHECK(visits == std::map<std::string, int>{
                      {"read", 12}, {"decode", 12}, {"resize", 12}, {"encode", 12}, {"write", 12}});
  double all = busy;
  for (const Json& idle : json["idle"]) all += idle["worker_s"].get<double>();
  CHECK(all == Approx(3 * json["wall_s"].get<double>()).epsilon(0.001));
  CHECK(json["verdict"].size() >= 3);
}

TEST_CASE("A trace has a span for each execution, and arrows along an item", "[cli]") {
  const Workplace work(photos());
  REQUIRE(profile(work, {"--trace", work.path("t")}).status == 1);
  const Json events = Json::parse(work.folder().read("t"))["traceEvents"];
  std::map<std::string, int> phases;
  std::set<std::string> spans, counters;
  std::map<int, double> last;  // by thread: spans of one do not overlap
  std::vector<Json> by_time;
  std::map<std::uint64_t, double> begun;
  for (const Json& event : events) {
    const std::string phase = event["ph"];
    ++phases[phase];
    if (phase == "X") {
      spans.insert(event["name"]);
      by_time.push_back(event);
    }
    if (phase == "C") counters.insert(event["name"]);
    if (phase == "s") begun[event["id"]] = event["ts"];
    if (phase == "f") CHECK(begun.at(event["id"]) <= event["ts"].get<double>());
  }
  std::sort(by_time.begin(), by_time.end(),
            [](const Json& a, const Json& b) { return a["ts"] < b["ts"]; });
  for (const Json& span : by_time) {
    CHECK(span["ts"].get<double>() >= last[span["tid"]] - 0.01);
    last[span["tid"]] = span["ts"].get<double>() + span["dur"].get<double>();
  }
  for (const char* name : {"read p3.jpg", "probe of read broken.jpg", "decode p3.jpg",
                           "resize p3.jpg", "encode p3.jpg", "write p3.jpg"}) {
    INFO(name);
    CHECK(spans.contains(name));
  }
  CHECK(phases["s"] == 12 * 4);
  CHECK(phases["f"] == phases["s"]);
  CHECK(counters.contains("memory leased"));
  CHECK(counters.contains("waiting for decode"));
}

TEST_CASE("What a profile can't write is noticed before anything runs", "[cli]") {
  const Workplace work(photos());
  for (const char* flag : {"--json", "--trace"}) {
    const Finished profiled = profile(work, {flag, work.path("missing/file")});
    CHECK(profiled.status == 2);
    CHECK(contains(profiled.err, "missing/file"));
    CHECK(work.outputs().empty());
  }
}
