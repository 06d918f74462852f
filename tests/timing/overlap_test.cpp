// Reading, working and writing go on at the same time.
#include <algorithm>
#include <chrono>
#include <thread>

#include "tests/support/catch.h"
#include "tests/support/engine_fixtures.h"

namespace imagemill::testing {
namespace {

using namespace std::chrono_literals;

// Seconds for 100 items on 2 workers, where each stage takes so long.
double seconds_for(std::chrono::milliseconds read, std::chrono::milliseconds work,
                   std::chrono::milliseconds write, int io_threads) {
  World world(100);
  world.hook = [=](Phase phase, const std::string& node, const std::string&) -> Result<void> {
    if (phase == Phase::load) std::this_thread::sleep_for(read);
    if (phase == Phase::process) std::this_thread::sleep_for(node == "out" ? write : work);
    return {};
  };
  const std::string threads = std::to_string(io_threads);
  const Run ran = run(world,
                      "read: items concurrency=" + threads +
                          "\n a: step < read\n out: store < a concurrency=" + threads,
                      {.workers = 2});
  return ran.result.report.wall_s;
}

// Best of three, since other programs may hold one up.
double best_for(std::chrono::milliseconds read, std::chrono::milliseconds work,
                std::chrono::milliseconds write, int io_threads) {
  double best = 1e9;
  for (int i = 0; i < 3; ++i) best = std::min(best, seconds_for(read, work, write, io_threads));
  return best;
}

TEST_CASE("A slow disk and the work take no longer together than the longer of them", "[timing]") {
  // With 2 threads each: reading 0.5 s, working 0.5 s, writing 0.5 s; one after the other 1.5 s.
  CHECK(best_for(10ms, 10ms, 10ms, 2) <= 1.15 * 0.5);
  // Work is the longest.
  CHECK(best_for(4ms, 10ms, 4ms, 2) <= 1.15 * 0.5);
}

TEST_CASE("More threads read a slow disk faster", "[timing]") {
  const double one = best_for(8ms, 1ms, 1ms, 1);
  const double four = best_for(8ms, 1ms, 1ms, 4);
  CHECK(one >= 0.8);
  CHECK(four <= 1.15 * 0.2 + 0.02);
}

}  // namespace
}  // namespace imagemill::testing
