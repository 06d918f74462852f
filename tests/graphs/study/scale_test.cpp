// Scaling studies as files, and two of them compared.
#include "graphs/stats/student.h"
#include "graphs/study/scale_json.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"

using namespace imagemill;
using namespace imagemill::testing;

namespace {

ScaleRecord record(std::vector<double> wall_s) {
  return {.graph = "g",
          .machine = "m",
          .items = 10,
          .points = {{.mode = "flow", .workers = 2, .wall_s = std::move(wall_s)}}};
}

ScaleChange change(std::vector<double> before, std::vector<double> after) {
  const auto changes = compare(record(std::move(before)), record(std::move(after)));
  REQUIRE(changes);
  REQUIRE(changes->size() == 1);
  return changes->front();
}

}  // namespace

TEST_CASE("A study is written and read again", "[graphs]") {
  ScaleStudy study;
  study.graph = "thumbnails";
  study.machine.cpu = "a CPU";
  study.machine.cpus = 2;
  study.items = 30;
  study.points.resize(2);
  study.points[0] = {.mode = "serial", .workers = 1, .wall_s = {3, 3.1, 2.9}, .profile = {}};
  study.points[1] = {.mode = "flow", .workers = 2, .wall_s = {1.5, 1.6, 1.4}, .profile = {}};
  CHECK(study.speedup(study.points[1]) == 2);
  CHECK(study.speedup_range(study.points[1]).low == Approx(3.1 / 1.6));
  CHECK(study.images_per_s(study.points[1]) == 20);

  const TemporaryFolder folder;
  folder.write("study", scale_json(study, {}));
  const auto read = read_scale(folder / "study");
  REQUIRE(read);
  CHECK(read->graph == "thumbnails");
  CHECK(read->items == 30);
  REQUIRE(read->points.size() == 2);
  CHECK(read->points[1].mode == "flow");
  CHECK(read->points[1].workers == 2);
  CHECK(read->points[1].wall_s == std::vector<double>{1.5, 1.6, 1.4});
}

TEST_CASE("What is no study is told", "[graphs]") {
  const TemporaryFolder folder;
  const auto message = [&](const std::string& text) {
    folder.write("f", text);
    const auto read = read_scale(folder / "f");
    REQUIRE_FALSE(read);
    return read.error().message;
  };
  CHECK(message("x").ends_with("is not JSON"));
  CHECK(message("[]").ends_with("is no scaling study (imagemill-scale 1)"));
  CHECK(message(R"({"schema": "imagemill-profile 1"})")
            .ends_with("is no scaling study (imagemill-scale 1)"));
  CHECK(message(R"({"schema": 1})").ends_with("is no scaling study (imagemill-scale 1)"));
  CHECK(
      message(
          R"({"schema": "imagemill-scale 1", "graph": "g", "machine": {"summary": "m"}, "items": 1,
                    "points": [{"mode": "flow", "workers": 1, "wall_s": [0]}]})")
          .ends_with("has a time that is none"));
  CHECK(message(R"({"schema": "imagemill-scale 1"})").find("lacks a part") != std::string::npos);
  CHECK_FALSE(read_scale(folder / "missing"));
}

TEST_CASE("A change is told from noise", "[graphs]") {
  using Verdict = ScaleChange::Verdict;
  CHECK(change({1, 1.01, 0.99}, {1.2, 1.21, 1.19}).verdict == Verdict::slower);
  CHECK(change({1.2, 1.21, 1.19}, {1, 1.01, 0.99}).verdict == Verdict::faster);
  CHECK(change({1, 1.01, 0.99}, {1, 1.01, 0.99}).verdict == Verdict::same);
  // Slower by as much, but within the machine's noise.
  CHECK(change({1, 1.2, 0.8}, {1.2, 1.4, 0.95}).verdict == Verdict::same);
  // Sure, but not worth a word.
  CHECK(change({1, 1.0001, 0.9999}, {1.005, 1.0051, 1.0049}).verdict == Verdict::same);
  const ScaleChange slower = change({1, 1, 1}, {2, 2, 2});
  CHECK(slower.ratio.value == Approx(2));
  CHECK(slower.verdict == Verdict::slower);
}

TEST_CASE("What can't be compared is told", "[graphs]") {
  const ScaleRecord fine = record({1, 1, 1});
  ScaleRecord other = fine;
  CHECK_FALSE(compare(fine, record({1, 1})));
  other.graph = "another";
  CHECK_FALSE(compare(fine, other));
  other = fine;
  other.items = 11;
  CHECK_FALSE(compare(fine, other));
  other = fine;
  other.points[0].workers = 3;
  CHECK_FALSE(compare(fine, other));
}

TEST_CASE("Student's quantiles are those of the tables", "[graphs]") {
  CHECK(student_t975(2) == Approx(4.303).epsilon(0.01));
  CHECK(student_t975(5) == Approx(2.571).epsilon(0.001));
  CHECK(student_t975(29) == Approx(2.045).epsilon(0.001));
}
