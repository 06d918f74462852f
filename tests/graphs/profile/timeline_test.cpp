// Work and idle time of the workers at every instant, from made-up records.
#include "graphs/profile/timeline.h"

#include <numeric>

#include "tests/support/catch.h"

using namespace imagemill;

namespace {

constexpr std::int64_t kMs = 1'000'000;

// An execution of item 0; times in milliseconds.
Visit work(std::size_t node, std::int64_t ready, std::int64_t begin, std::int64_t end) {
  Visit visit;
  visit.node = static_cast<std::uint16_t>(node);
  visit.ready_ns = ready * kMs;
  visit.start_ns = begin * kMs;
  visit.end_ns = end * kMs;
  return visit;
}

Visit admission(Shortage shortage, std::int64_t begin, std::int64_t end) {
  Visit visit = work(0, begin, begin, end);
  visit.kind = Visit::Kind::admission;
  visit.shortage = shortage;
  return visit;
}

// A source with 1 thread, two stages on workers, the second with a limit of 1, a sink with 1
// thread.
const std::vector<TimelineStage> kStages = {{false, 1}, {true, 0}, {true, 1}, {false, 1}};

Timeline swept(std::vector<Visit> visits, std::int64_t end, int workers = 2) {
  std::stable_sort(visits.begin(), visits.end(),
                   [](const Visit& a, const Visit& b) { return a.start_ns < b.start_ns; });
  return sweep(kStages, workers, 0, end * kMs, visits);
}

// Milliseconds of idle workers.
double idle(const Timeline& timeline, Idle cause, std::size_t node = 0) {
  for (const IdleTime& time : timeline.idle) {
    if (time.cause == cause && time.node == node) return time.seconds * 1e3;
  }
  return 0;
}

// Invariants of every sweep.
void check_sums(const Timeline& timeline, int workers) {
  CHECK(timeline.busy_s() + timeline.idle_s() == Approx(workers * timeline.wall_s));
  CHECK(std::accumulate(timeline.busy_workers_s.begin(), timeline.busy_workers_s.end(), 0.0) ==
        Approx(timeline.wall_s));
}

}  // namespace

TEST_CASE("A wait is split by what stood in the way", "[graphs]") {
  // Stage 2 is at its limit until 30, then both workers are busy until 50, then nothing is.
  const Timeline timeline =
      swept({work(2, 0, 0, 30), work(1, 30, 30, 50), work(1, 30, 30, 50), work(2, 10, 55, 60)}, 60);
  const Waits& waits = timeline.stages[2].waits;
  CHECK(waits.limit_s == Approx(0.020));
  CHECK(waits.workers_s == Approx(0.020));
  CHECK(waits.scheduler_s == Approx(0.005));
  check_sums(timeline, 2);
}

TEST_CASE("A stage at its limit while all workers are busy waits for its limit", "[graphs]") {
  const Timeline timeline = swept({work(2, 0, 0, 30), work(1, 0, 0, 30), work(2, 10, 30, 40)}, 40);
  CHECK(timeline.stages[2].waits.limit_s == Approx(0.020));
  CHECK(timeline.stages[2].waits.workers_s == Approx(0));
}

TEST_CASE("Threads of a stage's own are no workers", "[graphs]") {
  const Timeline timeline = swept({work(3, 0, 0, 20), work(1, 0, 0, 40), work(1, 0, 0, 40),
                                   work(3, 5, 20, 30), work(3, 30, 33, 40)},
                                  40);
  CHECK(timeline.stages[3].waits.limit_s == Approx(0.015));
  CHECK(timeline.stages[3].waits.workers_s == Approx(0));
  CHECK(timeline.stages[3].waits.scheduler_s == Approx(0.003));
  CHECK(timeline.busy_workers_s == std::vector<double>{0, 0, 0.040});
}

TEST_CASE("A partner's wait is the join's own", "[graphs]") {
  Visit joined = work(1, 20, 20, 30);
  joined.partner_ns = 7 * kMs;
  CHECK(swept({joined}, 30).stages[1].waits.partners_s == Approx(0.007));
}

TEST_CASE("What one worker does alone is exclusive", "[graphs]") {
  // Alone until 10 in stage 1 and from 30 to 40 in stage 2.
  const Timeline timeline =
      swept({work(1, 0, 0, 30), work(1, 10, 10, 30), work(2, 30, 30, 40)}, 50);
  CHECK(timeline.stages[1].exclusive_s == Approx(0.010));
  CHECK(timeline.stages[2].exclusive_s == Approx(0.010));
  REQUIRE(timeline.busy_workers_s.size() == 3);
  CHECK(timeline.busy_workers_s[0] == Approx(0.010));
  CHECK(timeline.busy_workers_s[1] == Approx(0.020));
  CHECK(timeline.busy_workers_s[2] == Approx(0.020));
  CHECK(timeline.stages[1].at_once_s[2] == Approx(0.020));
  check_sums(timeline, 2);
}

TEST_CASE("Idle workers have a cause", "[graphs]") {
  const Visit late = work(0, 0, 90, 100);  // so that there is more to come
  const auto only = [](const Timeline& timeline, Idle cause, std::size_t node, double ms) {
    CHECK(idle(timeline, cause, node) == Approx(ms));
    check_sums(timeline, 2);
  };
  SECTION("a limit") {
    only(swept({late, work(2, 0, 0, 40), work(2, 0, 40, 80)}, 100), Idle::limit, 2, 40);
  }
  SECTION("work that nobody has begun") {
    only(swept({late, work(1, 0, 10, 20)}, 100), Idle::scheduler, 0, 10);
  }
  SECTION("memory") {
    only(swept({late, admission(Shortage::bytes, 20, 60)}, 100), Idle::memory, 0, 80);
  }
  SECTION("the number of items") {
    only(swept({late, admission(Shortage::leases, 20, 60)}, 100), Idle::in_flight, 0, 80);
  }
  SECTION("a slow sink, which holds the memory that admission waits for") {
    only(swept({late, admission(Shortage::bytes, 20, 60), work(3, 0, 0, 60), work(3, 10, 60, 70)},
               100),
         Idle::limit, 3, 100);
  }
  SECTION("reading") {
    only(swept({work(0, 0, 0, 40), work(0, 0, 90, 100)}, 100), Idle::limit, 0, 100);
  }
  SECTION("nothing known to read") {
    only(swept({late, work(0, 0, 0, 30)}, 100), Idle::listing, 0, 120);
  }
  SECTION("the end") {
    only(swept({work(0, 0, 0, 10), work(1, 10, 10, 50)}, 60), Idle::tail, 0, 60);
  }
}

TEST_CASE("In a phase at one worker what could begin waits for the phase", "[graphs]") {
  // From 20 to 60 one worker at a time: the last earlier execution ends at 30, then one goes on
  // while two wait: one that could begin, and one at a stage that is at its limit.
  const Visit late = work(0, 0, 90, 100);
  std::vector<Visit> visits = {work(1, 0, 0, 30),   work(1, 0, 0, 20),   work(2, 25, 30, 60),
                               work(1, 25, 60, 80), work(2, 35, 60, 90), late};
  const std::vector<SoloPhase> solo = {{20 * kMs, 60 * kMs}};
  std::stable_sort(visits.begin(), visits.end(),
                   [](const Visit& a, const Visit& b) { return a.start_ns < b.start_ns; });
  const Timeline timeline = sweep(kStages, 2, 0, 100 * kMs, visits, solo);
  CHECK(timeline.stages[1].waits.calibration_s == Approx(0.035));
  CHECK(timeline.stages[2].waits.calibration_s == Approx(0.005));
  CHECK(timeline.stages[2].waits.limit_s == Approx(0.025));
  // One worker is idle from 20 to 60: for want of work until 25, and then for the phase.
  CHECK(idle(timeline, Idle::calibration) == Approx(35));
  CHECK(timeline.idle_s(Idle::calibration) == Approx(0.035));
  CHECK(timeline.solo_s == Approx(0.040));
  CHECK(timeline.solo_busy_s == Approx(0.040));
  // Work that is alone by calibration is not serial.
  CHECK(timeline.stages[1].exclusive_s == Approx(0));
  CHECK(timeline.stages[2].exclusive_s == Approx(0.010));
  CHECK(timeline.stages[2].at_once_s[1] == Approx(0.030));
  check_sums(timeline, 2);
}

TEST_CASE("The parts of all waits add up, and more room never makes more wait", "[graphs]") {
  // Any records will do: what is ready begins later, and ends.
  unsigned seed = 1;
  const auto dice = [&](unsigned sides) {
    seed = seed * 1'103'515'245 + 12'345;
    return static_cast<std::int64_t>((seed >> 16) % sides);
  };
  for (int round = 0; round < 200; ++round) {
    std::vector<Visit> visits;
    double wait = 0;
    const int workers = 1 + static_cast<int>(dice(4));
    std::vector<std::int64_t> free(static_cast<std::size_t>(workers));
    for (int i = 0; i < 40; ++i) {
      auto& worker = free[static_cast<std::size_t>(dice(static_cast<unsigned>(workers)))];
      const std::int64_t ready = dice(300);
      const std::int64_t begin = std::max(worker, ready) + dice(5);
      visits.push_back(work(1 + static_cast<std::size_t>(dice(2)), ready, begin, begin + dice(20)));
      worker = begin + 20;
      wait += static_cast<double>(begin - ready) * 1e-3;
    }
    const Timeline timeline = swept(visits, 1200, workers);
    double split = 0;
    for (const StageTimes& stage : timeline.stages) {
      split += stage.waits.limit_s + stage.waits.workers_s + stage.waits.scheduler_s;
      CHECK(stage.waits.scheduler_s >= -1e-9);
    }
    CHECK(split == Approx(wait));
    check_sums(timeline, workers);
  }
}
