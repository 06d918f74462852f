// The sentence that names what limits a run.
#include "graphs/profile/bottleneck.h"

#include "tests/support/catch.h"

using namespace imagemill;

namespace {

StageStats stage(const std::string& name, bool on_workers, int concurrency, double service_s,
                 double wall_s) {
  StageStats stats;
  stats.node = name;
  stats.on_workers = on_workers;
  stats.concurrency = concurrency;
  stats.total.count = 100;
  stats.total.service_ns = static_cast<std::int64_t>(service_s * 1e9);
  stats.utilisation = service_s / (wall_s * concurrency);
  return stats;
}

// A run of ten seconds on four workers.
RunReport report(double read_s, double decode_s, double encode_s, double write_s,
                 int encode_concurrency = 4) {
  RunReport report;
  report.items = {.admitted = 100, .ok = 100, .skipped = 0, .failed = 0, .cancelled = 0};
  report.wall_s = 10;
  report.workers = 4;
  report.executor = "flow";
  report.memory_limit_bytes = std::uint64_t{1} << 30;
  report.stages = {stage("read", false, 2, read_s, 10), stage("decode", true, 4, decode_s, 10),
                   stage("encode", true, encode_concurrency, encode_s, 10),
                   stage("write", false, 2, write_s, 10)};
  return report;
}

}  // namespace

TEST_CASE("Workers that are always busy are limited by the stage that takes most of them",
          "[graphs]") {
  CHECK(
      bottleneck(report(1, 29, 9, 1)) ==
      "Limited by 'decode': the 4 workers are busy 95 % of the time, 76 % of that in this stage.");
  CHECK(
      bottleneck(report(1, 9, 29, 1)) ==
      "Limited by 'encode': the 4 workers are busy 95 % of the time, 76 % of that in this stage.");
}

TEST_CASE("A stage at its own limit is named while the workers have time", "[graphs]") {
  CHECK(bottleneck(report(19, 10, 5, 1)) ==
        "Limited by 'read': its concurrency of 2 is in use 95 % of the time, while the workers are "
        "busy 38 %.");
  CHECK(bottleneck(report(1, 10, 5, 19.5)) ==
        "Limited by 'write': its concurrency of 2 is in use 98 % of the time, while the workers "
        "are busy 38 %.");
  CHECK(bottleneck(report(1, 10, 9.9, 1, 1)) ==
        "Limited by 'encode': its concurrency of 1 is in use 99 % of the time, while the workers "
        "are busy 50 %.");
}

TEST_CASE("A source that waits for the budget is limited by memory", "[graphs]") {
  RunReport waiting = report(1, 10, 5, 1);
  waiting.admission_wait_s = 9.5;  // one at a time waits
  waiting.memory_peak_bytes = std::uint64_t{1000} << 20;
  waiting.largest_item_bytes = std::uint64_t{100} << 20;
  CHECK(bottleneck(waiting) ==
        "Limited by memory: 'read' waits 95 % of the time for the budget of 1024 MiB.");
  waiting.memory_peak_bytes = std::uint64_t{100} << 20;  // it waited for something else
  CHECK(bottleneck(waiting).starts_with("Nothing was busy all the time"));
  waiting.largest_item_bytes = std::uint64_t{1500} << 20;
  CHECK(bottleneck(waiting) ==
        "Limited by memory: 'read' waits 95 % of the time for the budget of 1024 MiB; an item that "
        "needs more (1501 MiB) runs alone.");
}

TEST_CASE("A run in which nothing is busy is said to be one", "[graphs]") {
  CHECK(bottleneck(report(1, 10, 5, 1)) ==
        "Nothing was busy all the time: closest is 'decode' (workers busy 38 %, this stage 25 % of "
        "its limit). "
        "The run was too short, or the machine was busy with something else.");
  CHECK(bottleneck(report(12, 10, 5, 1))
            .starts_with("Nothing was busy all the time: closest is 'read'"));
}

TEST_CASE("A serial run is limited by its longest stage", "[graphs]") {
  RunReport serial = report(1, 6, 2, 1);
  serial.executor = "serial";
  serial.workers = 1;
  CHECK(bottleneck(serial) == "Limited by 'decode': it takes 60 % of a serial run's time.");
}

TEST_CASE("A run of nothing has no bottleneck", "[graphs]") {
  RunReport nothing = report(0, 0, 0, 0);
  nothing.items = {};
  CHECK(bottleneck(nothing) == "There was nothing to do.");
  CHECK(bottleneck(RunReport()) == "There was nothing to do.");
}

TEST_CASE("A graph without work for the workers has a bottleneck as well", "[graphs]") {
  RunReport copy = report(19, 0, 0, 1);
  copy.stages = {stage("read", false, 2, 19, 10), stage("write", false, 2, 1, 10)};
  CHECK(bottleneck(copy).starts_with(
      "Limited by 'read': its concurrency of 2 is in use 95 % of the time"));
  copy.stages[0] = stage("read", false, 2, 5, 10);
  CHECK(bottleneck(copy).starts_with("Nothing was busy all the time: closest is 'read'"));
}
