// A race that scripts/tsan must find, or its silence would prove nothing. Hidden from other runs.
#include <chrono>
#include <thread>

#include "tests/support/catch.h"
#include "tests/support/engine_fixtures.h"

namespace imagemill::testing {
namespace {

TEST_CASE("A planted race: two threads in one variable", "[.planted]") {
  World world(100);
  long calls = 0;  // should be atomic
  world.hook = [&](Phase phase, const std::string&, const std::string&) -> Result<void> {
    if (phase != Phase::process) return {};
    ++calls;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return {};
  };
  run(world, "read: items\n a: step < read\n out: collect < a", {.pool = true, .workers = 4});
  CHECK(calls > 0);
}

}  // namespace
}  // namespace imagemill::testing
