// imagemill predict: what a profiled graph would do.
#include <algorithm>

#include <nlohmann/json.hpp>

#include "tests/cli/workplace.h"
#include "tests/support/catch.h"

using namespace imagemill::testing;

namespace {

using Json = nlohmann::json;

// A workplace with a profile of 30 images.
class Profiled : public Workplace {
 public:
  Profiled() : Workplace(images()) {
    REQUIRE(run_imagemill({"profile", path("graph.yaml"), "--input", input(), "--output", output(),
                           "--workers", "2", "--json", path("profile")})
                .status == 0);
  }

  Finished predict(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {"predict", path("profile")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_imagemill(arguments);
  }
  Json predicted(std::vector<std::string> more) const {
    more.insert(more.end(), {"--json", path("prediction")});
    const Finished done = predict(more);
    CAPTURE(done.err);
    CHECK(done.status == 0);
    return Json::parse(folder().read("prediction"));
  }
  // Rewrites the profile as if the recorded run had been `faster` times as fast.
  void pretend(double faster) const {
    Json json = Json::parse(folder().read("profile"));
    json["recording"]["images_per_s"] = json["recording"]["images_per_s"].get<double>() * faster;
    folder().write("profile", json.dump());
  }
  // Rewrites it as if the run had been as fast as the replay, whatever else this machine does.
  void pretend_as_replayed() const {
    const double error = predicted({})["from"]["replay_error"];
    pretend(1 + error);
  }

 private:
  static Files images() {
    Files files;
    for (unsigned i = 0; i < 30; ++i) files[std::to_string(i) + ".jpg"] = small_jpeg(i);
    return files;
  }
};

}  // namespace

TEST_CASE("A prediction says how far it can be believed", "[cli]") {
  const Profiled work;
  work.pretend_as_replayed();
  const Json json = work.predicted({"--workers", "1,2,4"});
  CHECK(json["schema"] == "imagemill-prediction 1");
  CHECK(json["shown"] == true);
  CHECK(json["from"]["images"] == 30);
  REQUIRE(json["points"].size() == 3);
  for (const Json& point : json["points"]) {
    const Json& predicted = point["predicted"];
    CHECK(predicted["low"] <= predicted["value"]);
    CHECK(predicted["value"] <= predicted["high"]);
    CHECK(predicted["value"] <= point["bounds"][0]["images_per_s"]);
    CHECK_FALSE(point["verdict"].empty());
  }
  CHECK(contains(work.predict().out, "A replay of the recorded run, with 2 workers, is 0.0 %"));
  CHECK(work.outputs().size() == 30);  // of the profile alone
}

TEST_CASE("A replay that is off by more than 20 % is not shown", "[cli]") {
  const Profiled work;
  work.pretend_as_replayed();
  work.pretend(1.5);
  const Json json = work.predicted({});
  CHECK(json["shown"] == false);
  CHECK(json["points"][0]["predicted"].is_null());
  CHECK(json["points"][0]["bounds"][0]["images_per_s"] > 0);
  const Finished done = work.predict();
  CHECK(contains(done.out, "at most"));
  CHECK_FALSE(contains(done.out, "90 % from"));
}

TEST_CASE("What-ifs change a prediction", "[cli]") {
  const Profiled work;
  // An upper bound of eight workers, by what it is from.
  const auto bound = [&](std::vector<std::string> more, const std::string& by,
                         const std::string& node = "") {
    more.insert(more.end(), {"--workers", "8"});
    const Json json = work.predicted(more);
    for (const Json& found : json["points"][0]["bounds"]) {
      if (found["by"] == by && found.value("node", "") == node) {
        return found["images_per_s"].get<double>();
      }
    }
    return 0.0;
  };
  work.pretend_as_replayed();
  const double limited = bound({"--set", "decode.concurrency=1"}, "limit", "decode");
  CHECK(limited > 0);
  CHECK(bound({"--set", "decode.concurrency=3"}, "limit", "decode") == Approx(3 * limited));
  CHECK(bound({}, "limit", "decode") == 0);
  CHECK(bound({"--memory", "1B"}, "memory") == Approx(bound({"--memory", "2B"}, "memory")));
  CHECK(bound({"--memory", "1B"}, "memory") < bound({}, "memory"));
  CHECK(bound({"--faster", "decode=90%", "--set", "decode.concurrency=1"}, "limit", "decode") ==
        Approx(10 * limited));
  const Json json = work.predicted({"--set", "decode.concurrency=1", "--faster", "decode=20%"});
  CHECK(json["changes"] == Json({"decode.concurrency=1", "decode=20% faster"}));
}

TEST_CASE("What another parameter costs is measured", "[cli]") {
  const Profiled work;
  const auto bound = [&](const std::vector<std::string>& more) {
    return work.predicted(more)["points"][0]["bounds"][0]["images_per_s"].get<double>();
  };
  CHECK(bound({"--set", "resize.width=2000", "--workers", "1"}) < 0.5 * bound({"--workers", "1"}));
  std::filesystem::remove_all(work.input());
  const Finished gone = work.predict({"--set", "resize.width=2000"});
  CHECK(gone.status == 2);
  CHECK(contains(gone.err, "imagemill: "));
}

TEST_CASE("A prediction is set beside what was measured", "[cli]") {
  const Profiled work;
  REQUIRE(run_imagemill({"scale", work.path("graph.yaml"), "--input", work.input(), "--workers",
                         "1,2", "--repeat", "1", "--json", work.path("study")})
              .status == 0);
  const Json json = work.predicted({"--workers", "1,2,4", "--measured", work.path("study")});
  CHECK(json["points"][0]["error"].is_number());
  CHECK(json["points"][1]["measured"]["value"] > 0);
  CHECK(json["points"][2]["error"].is_null());
  // A measurement on two CPUs says nothing about one.
  const Json one =
      work.predicted({"--workers", "2", "--cpus", "1", "--measured", work.path("study")});
  CHECK(one["points"][0]["error"].is_null());
  const Json& bounds = one["points"][0]["bounds"];
  CHECK(std::any_of(bounds.begin(), bounds.end(),
                    [](const Json& bound) { return bound["by"] == "cpus"; }));
  CHECK(one["changes"] == Json({"1 CPU"}));
  Json other = Json::parse(work.folder().read("study"));
  other["items"] = 31;
  work.folder().write("study", other.dump());
  const Finished refused = work.predict({"--measured", work.path("study")});
  CHECK(refused.status == 2);
  CHECK(contains(refused.err, "is of another graph, input or machine"));
}

TEST_CASE("What can't be predicted is told", "[cli]") {
  const Profiled work;
  const auto refused = [&](const std::vector<std::string>& more, const std::string& why) {
    const Finished done = work.predict(more);
    CAPTURE(done.err);
    CHECK(done.status == 2);
    CHECK(done.out == kNothing);
    CHECK(contains(done.err, why));
  };
  refused({"--set", "decoed.concurrency=1"}, "did you mean 'decode'");
  refused({"--set", "decode.concurrency=x"}, "concurrency");
  refused({"--faster", "decode"}, "write it as NODE=20%");
  refused({"--faster", "decode=100%"}, "below 100%");
  refused({"--faster", "decode=-5%"}, "from 0%");
  refused({"--measured", work.input()}, "is a folder");
  refused({"--faster", "decoed=10%"}, "did you mean 'decode'");
  refused({"--workers", "0"}, "--workers");
  refused({"--measured", work.path("graph.yaml")}, "is not JSON");
  refused({"--json", work.path("none/file")}, "none");
  Json json = Json::parse(work.folder().read("profile"));
  json["recording"]["items"][0][3][0][2] = -5;
  work.folder().write("profile", json.dump());
  refused({}, "has a recording that is none");
  json["recording"]["items"][0][3][0] = {65536, 0, 100, 0};
  work.folder().write("profile", json.dump());
  refused({}, "has a recording that is none");
  json["recording"]["items"][0][3] = Json::array({Json::array({4, 0, 100, 0})});
  work.folder().write("profile", json.dump());
  refused({}, "another graph");
  json.erase("recording");
  work.folder().write("profile", json.dump());
  refused({}, "profile the graph again");
}
