// A profile of runs whose stages take known times: they sleep, so that any machine has the workers.
#include "graphs/profile/profile.h"

#include <atomic>
#include <chrono>
#include <thread>

#include "tests/support/catch.h"
#include "tests/support/engine_fixtures.h"

using namespace imagemill;
using namespace imagemill::testing;
using namespace std::chrono_literals;

namespace {

constexpr double kMs = 1e-3;

// How long each node sleeps, in milliseconds, by the name of the node; or of node and item,
// "NODE:KEY".
using Sleeps = std::map<std::string, int>;

struct Case {
  int items = 1;
  int workers = 4;
  std::uint64_t memory = std::uint64_t{1} << 30;
  Calibration calibration = Calibration::none;
};

Profile profile_of(World& world, const char* lines, const Case& given,
                   RunObserver&& observer = RunObserver()) {
  const Graph graph = make_graph(lines);
  RunOptions options;
  options.environment.files = &world;
  options.environment.input = "in";
  options.environment.output = "out";
  options.workers = given.workers;
  options.memory_bytes = given.memory;
  options.visits = Visits::recorded;
  options.calibration = given.calibration;
  const auto run = make_flow_executor()->run(graph, options, observer);
  REQUIRE(run);
  REQUIRE(run->report.items.ok == run->report.items.admitted);
  Profile profile = make_profile("test", graph, *run);
  CHECK(profile.timeline.busy_s() + profile.timeline.idle_s() == Approx(profile.worker_seconds()));
  return profile;
}

Profile profiled(const char* lines, const Sleeps& sleeps, const Case& given) {
  World world(given.items);
  world.hook = [&](Phase phase, const std::string& node, const std::string& key) -> Result<void> {
    if (phase != Phase::process && phase != Phase::load) return {};
    auto sleep = sleeps.find(node + ":" + key);
    if (sleep == sleeps.end()) sleep = sleeps.find(node);
    if (sleep != sleeps.end()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(sleep->second));
    }
    return {};
  };
  return profile_of(world, lines, given);
}

const StageProfile& stage(const Profile& profile, const std::string& node) {
  for (const StageProfile& stage : profile.stages) {
    if (stage.node == node) return stage;
  }
  throw std::logic_error("no such node");
}

double idle(const Profile& profile, Idle cause) {
  double sum = 0;
  for (const IdleTime& time : profile.timeline.idle) {
    if (time.cause == cause) sum += time.seconds;
  }
  return sum;
}

Approx about(double seconds) { return Approx(seconds).epsilon(0.05); }

}  // namespace

TEST_CASE("The wait for a stage's own limit is found", "[timing]") {
  const Profile profile = profiled("read: items\n a: step < read concurrency=1\n out: store < a",
                                   {{"a", 300}}, {.items = 2});
  // The second waits for as long as the first takes.
  CHECK(stage(profile, "a").times.waits.limit_s == about(stage(profile, "a").service_s / 2));
  CHECK(stage(profile, "a").times.waits.workers_s < 30 * kMs);
}

TEST_CASE("The wait for a worker is found", "[timing]") {
  const Profile profile = profiled("read: items\n a: step < read\n out: store < a", {{"a", 300}},
                                   {.items = 2, .workers = 1});
  CHECK(stage(profile, "a").times.waits.workers_s == about(stage(profile, "a").service_s / 2));
  CHECK(stage(profile, "a").times.waits.limit_s == 0);
}

TEST_CASE("The wait for a partner is found", "[timing]") {
  const Profile profile = profiled(
      "read: items\n a: step < read\n b: step < read\n ab: pair < first:a < second:b\n out: store "
      "< "
      "ab",
      {{"a", 50}, {"b", 350}}, {.items = 1});
  CHECK(stage(profile, "ab").times.waits.partners_s ==
        about(stage(profile, "b").service_s - stage(profile, "a").service_s));
}

TEST_CASE("A wait that nothing explains is the scheduler's", "[timing]") {
  // After each item somebody is told of it for 300 ms, by the only thread of `out`: it is no
  // execution of `out`, which could have begun the next.
  struct Slow : RunObserver {
    void ended(const Item&) override { std::this_thread::sleep_for(300ms); }
  };
  World world(2);
  const Profile profile = profile_of(
      world, "read: items\n a: step < read\n out: store < a concurrency=1", {.workers = 2}, Slow());
  CHECK(stage(profile, "out").times.waits.scheduler_s == about(300 * kMs));
  CHECK(stage(profile, "out").times.waits.limit_s < 15 * kMs);
  CHECK(stage(profile, "a").times.waits.scheduler_s < 15 * kMs);
}

TEST_CASE("Looking at a file is the source's work, whether it is an item or none", "[timing]") {
  World world(4);
  world.entries[0].ignored = world.entries[1].ignored = true;
  world.hook = [&](Phase phase, const std::string&, const std::string&) -> Result<void> {
    if (phase == Phase::probe) std::this_thread::sleep_for(100ms);
    if (phase == Phase::load) std::this_thread::sleep_for(50ms);
    return {};
  };
  const Profile profile =
      profile_of(world, "read: items\n a: step < read\n out: store < a", {.workers = 1});
  const StageProfile& read = stage(profile, "read");
  CHECK(read.visits == 2);
  CHECK(read.service_s == about(500 * kMs));
  CHECK(read.service.quantile(0.5) == Approx(150 * kMs).epsilon(0.1));
  CHECK(idle(profile, Idle::listing) < 15 * kMs);
}

TEST_CASE("The wait for memory is found, and who is idle for it", "[timing]") {
  const Profile profile = profiled("read: items\n a: step < read\n out: store < a", {{"a", 300}},
                                   {.items = 3, .workers = 2, .memory = 1});
  // Two of three that take turns wait; one of two workers is idle meanwhile.
  const double two = stage(profile, "a").service_s * 2 / 3;
  CHECK(profile.admission_s == about(two));
  CHECK(idle(profile, Idle::memory) == about(two));
}

TEST_CASE("What overlaps and what does not come out as constructed", "[timing]") {
  const int workers = GENERATE(2, 4, 8);
  CAPTURE(workers);
  // One item at a time: `a` alone, then four at once. 20 of 100 are serial, whatever the workers.
  const Profile alone = profiled(
      "read: items\n a: step < read\n b: step < a\n c: step < a\n d: step < a\n e: step < a\n"
      " o1: collect < b\n o2: collect < c\n o3: collect < d\n o4: collect < e",
      {{"a", 120}, {"b", 120}, {"c", 120}, {"d", 120}, {"e", 120}},
      {.items = 8, .workers = workers, .memory = 1});
  CHECK(*stage(alone, "a").exclusive_fraction == Approx(0.2).epsilon(0.02));
  CHECK(*stage(alone, "b").exclusive_fraction + *stage(alone, "c").exclusive_fraction < 0.02);
  CHECK(*stage(alone, "a").exclusive_share_of_wall ==
        Approx(workers == 2 ? 1.0 / 3 : 0.5).epsilon(0.04));

  // A quarter of the work behind a limit of one.
  const Profile capped =
      profiled("read: items\n a: step < read concurrency=1\n b: step < a\n out: collect < b",
               {{"a", 40}, {"b", 120}}, {.items = 24, .workers = workers});
  CHECK(*stage(capped, "a").capacity_fraction == Approx(0.25).epsilon(0.02));
  CHECK_FALSE(stage(capped, "b").capacity_fraction);
}

TEST_CASE("One worker has no serial fraction", "[timing]") {
  const Profile profile =
      profiled("read: items\n out: collect < read", {}, {.items = 3, .workers = 1});
  CHECK_FALSE(stage(profile, "out").exclusive_fraction);
  CHECK_FALSE(stage(profile, "out").exclusive_share_of_wall);
}

TEST_CASE("Four causes, four verdicts", "[timing]") {
  const auto first_words = [](const Profile& profile) { return verdict(profile).front(); };
  const char* const lines =
      "read: items concurrency=2\n a: step < read concurrency=4\n out: store < a concurrency=2";
  const Sleeps fair = {{"read", 1}, {"a", 40}, {"out", 1}};
  const auto with = [&](const std::string& node, int ms) {
    Sleeps sleeps = fair;
    sleeps[node] = ms;
    return sleeps;
  };
  const Case given{.items = 40, .workers = 4};
  CHECK(
      first_words(profiled(lines, fair, given)).starts_with("Limited by the workers: 4 are busy"));
  CHECK(first_words(
            profiled("read: items\n a: step < read concurrency=1\n out: store < a", fair, given))
            .starts_with("Limited by 'a': its concurrency of 1 is in use"));
  CHECK(first_words(profiled(lines, with("out", 75), given))
            .starts_with("Limited by 'out': its 2 threads are in use"));
  CHECK(first_words(profiled("read: items concurrency=1\n a: step < read\n out: store < a",
                             with("read", 50), given))
            .starts_with("Limited by 'read': its 1 thread is in use"));
  CHECK(first_words(profiled(lines, fair, {.items = 40, .workers = 4, .memory = 1}))
            .starts_with("Limited by memory: the workers are idle"));
}

TEST_CASE("Where memory limits, no worker and no limit helps, but a shorter stay does",
          "[timing]") {
  // One item at a time, 50 ms each: 80 % of that in `a`.
  const Profile profile =
      profiled("read: items\n a: step < read concurrency=2\n b: step < a\n out: store < b",
               {{"a", 40}, {"b", 10}}, {.items = 20, .workers = 4, .memory = 1});
  CHECK(profile.in_flight_s / 20 == about(50 * kMs));
  const std::vector<std::string> sentences = verdict(profile);
  CHECK(sentences.at(1).starts_with("Without that limit, concurrency of 2 of 'a' could do "));
  CHECK(sentences.at(2) ==
        "One more worker, or a higher limit, would gain nothing until there is more memory. "
        "Gains at present: 'a' 10 % faster 9 %, 'b' 10 % faster 2 %.");
}

TEST_CASE("A bound rises with its limit, and no bound is passed", "[timing]") {
  const Profile profile =
      profiled("read: items\n a: step < read concurrency=2\n b: step < a\n out: store < b",
               {{"read", 2}, {"a", 10}, {"b", 10}, {"out", 1}}, {.items = 40, .workers = 4});
  CHECK(profile.images_per_s <= profile.bounds.front().items_per_s);
  const double now = profile.bounds.front().items_per_s;
  for (std::size_t node = 0; node < profile.stages.size(); ++node) {
    for (const WhatIf& what_if :
         {WhatIf{.node = node, .more_limit = 1}, WhatIf{.node = node, .service_factor = 0.9},
          WhatIf{.more_workers = 1}}) {
      CHECK(bounds_of(profile, what_if).front().items_per_s >= now);
    }
  }
  // Both the limit of `a` and the workers bind at 200 a second: neither alone helps.
  CHECK(bounds_of(profile, {.node = 1, .more_limit = 1}).front().items_per_s == about(now));
}

TEST_CASE("Items are told apart by their size", "[timing]") {
  World world;
  world.entries = {{.key = "a", .width = 400, .height = 300},
                   {.key = "b", .width = 4000, .height = 3000},
                   {.key = "c", .width = 4000, .height = 3000}};
  const Profile profile = profile_of(world, "read: items\n out: collect < read", {.workers = 2});
  REQUIRE(profile.sizes.size() == 2);
  CHECK(profile.sizes[0].items == 1);
  CHECK(profile.sizes[0].to_megapixels == 0.25);
  CHECK(profile.sizes[1].items == 2);
  CHECK(profile.sizes[1].megapixels == Approx(24));
}

TEST_CASE("Work that takes longer beside other work is found out, and by how much", "[timing]") {
  // `a` sleeps 4 ms for itself, and 2 ms more beside others; `b` 3 ms in any case.
  World world(600);
  std::atomic<int> at_work = 0;
  world.hook = [&](Phase phase, const std::string& node, const std::string&) -> Result<void> {
    if (phase != Phase::process || node == "out") return {};
    const int others = at_work++;
    const auto takes = node == "b" ? 3ms : others > 0 ? 6ms : 4ms;
    std::this_thread::sleep_for(takes);
    --at_work;
    return {};
  };
  const Profile profile =
      profile_of(world, "read: items\n a: step < read\n b: step < a\n out: store < b",
                 {.workers = 4, .calibration = Calibration::solo_phases});
  const StageProfile& a = stage(profile, "a");
  const StageProfile& b = stage(profile, "b");
  REQUIRE(a.inflation);
  REQUIRE(b.inflation);
  CHECK(a.inflation->factor == Approx(1.5).margin(0.08));
  CHECK(b.inflation->factor == Approx(1).margin(0.05));
  CHECK(a.inflation->low <= a.inflation->factor);
  CHECK(a.inflation->high >= a.inflation->factor);
  CHECK(a.alone_s() == Approx(600 * 4 * kMs).epsilon(0.08));
  CHECK(b.alone_s() == Approx(600 * 3 * kMs).epsilon(0.05));
  CHECK_FALSE(stage(profile, "out").inflation);

  // Every worker-second has its place.
  double longer = 0, alone = 0, setup = 0;
  for (const StageProfile& each : profile.stages) {
    if (!each.on_workers) continue;
    alone += each.alone_s();
    longer += each.service_s - each.alone_s();
    setup += each.setup_s;
  }
  CHECK(alone + longer + setup + profile.timeline.idle_s() == Approx(profile.worker_seconds()));

  // The phases took their share, no more, and the rest ran as if they had not been.
  CHECK(profile.timeline.solo_s > 0);
  CHECK(profile.timeline.solo_s < 0.15 * profile.wall_s);
  CHECK(profile.uncalibrated_images_per_s() == Approx(4 / (9 * kMs)).epsilon(0.1));
  CHECK(*stage(profile, "a").exclusive_fraction < 0.03);
}

TEST_CASE("Without phases at one worker nothing is said of them", "[timing]") {
  const Profile profile = profiled("read: items\n a: step < read\n out: store < a", {{"a", 3}},
                                   {.items = 100, .workers = 2});
  CHECK_FALSE(stage(profile, "a").inflation);
  CHECK(profile.timeline.solo_s == 0);
  CHECK(profile.uncalibrated_images_per_s() == profile.images_per_s);
  CHECK(stage(profile, "a").alone_s() == stage(profile, "a").service_s);
}
