// Threads that the system refuses: each that a run starts, in turn.
#include <atomic>
#include <cerrno>
#include <chrono>
#include <climits>
#include <csignal>
#include <string>
#include <thread>

#include <dlfcn.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/catch.h"
#include "tests/support/engine_fixtures.h"

namespace {

std::atomic<int> to_start = 0;  // threads until the first that is refused
std::atomic<int> refusals = 0;  // how many are refused from there on

}  // namespace

extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                              void* (*body)(void*), void* argument) noexcept {
  using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  static const auto create = reinterpret_cast<Create>(dlsym(RTLD_NEXT, "pthread_create"));
  if (--to_start < 0 && --refusals >= 0) return EAGAIN;
  return create(thread, attributes, body, argument);
}

namespace imagemill::testing {
namespace {

using namespace std::chrono_literals;

enum Came { kComplete, kRefused, kOutside, kWrong, kDied, kHung };

Came run_with(int workers) {
  World world(20);
  // Long enough that whoever waits for the first items has fallen asleep.
  world.hook = [](Phase phase, const std::string&, const std::string& key) -> Result<void> {
    if (phase == Phase::load && key < "002") std::this_thread::sleep_for(50ms);
    return {};
  };
  const Graph graph =
      make_graph("read: items concurrency=2\n a: step < read\n b: io_step < a\n out: store < b");
  RunOptions options;
  options.environment.files = &world;
  options.workers = workers;
  RunObserver observer;
  const auto ran = make_flow_executor()->run(graph, options, observer);
  if (!ran) return ran.error().code == "no_threads" ? kRefused : kWrong;
  if (ran->ending == Ending::complete) return ran->report.items.ok == 20 ? kComplete : kWrong;
  return ran->ending == Ending::outside && ran->cause.find("thread") != std::string::npos ? kOutside
                                                                                          : kWrong;
}

// What comes of a run in a process of its own, where all threads of oneTBB are still to be started.
int came_of(int workers, int first_refused, int how_many) {
  const pid_t child = fork();
  if (child == 0) {
    to_start = first_refused;
    refusals = how_many;
    _exit(run_with(workers));
  }
  int status = 0;
  for (int i = 0; i < 2000; ++i) {
    if (waitpid(child, &status, WNOHANG) == child) {
      return WIFEXITED(status) ? WEXITSTATUS(status) : kDied;
    }
    std::this_thread::sleep_for(10ms);
  }
  kill(child, SIGKILL);
  waitpid(child, &status, 0);
  return kHung;
}

TEST_CASE("A run ends whichever of its threads can't be started", "[threads]") {
  for (const int workers : {1, 2, 5}) {
    for (const int how_many : {1, INT_MAX}) {
      int came = kDied;
      int refused = 0;
      for (; came != kComplete; ++refused) {
        CAPTURE(workers, how_many, refused);
        came = came_of(workers, refused, how_many);
        REQUIRE(came <= kOutside);
      }
      // The lister, the readers, those of the node and the workers but one.
      CHECK(refused > 3 + workers);
    }
  }
}

}  // namespace
}  // namespace imagemill::testing
