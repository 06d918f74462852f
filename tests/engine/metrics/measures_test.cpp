// Histograms, digests, clocks, CPUs.
#include <algorithm>
#include <random>

#include <sched.h>

#include "engine/base/clock.h"
#include "engine/base/sha256.h"
#include "engine/metrics/run_report.h"
#include "engine/run/executor.h"
#include "tests/support/catch.h"

namespace imagemill::testing {
namespace {

std::string hex(const std::string& text) {
  return to_hex(sha256({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}));
}

TEST_CASE("SHA-256 gives the digests of FIPS 180-4", "[engine]") {
  CHECK(hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(hex(std::string(1'000'000, 'a')) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

// The sample at a share of the sorted samples, in seconds.
double exact(std::vector<std::int64_t> samples, double q) {
  std::sort(samples.begin(), samples.end());
  const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(samples.size())));
  return static_cast<double>(samples[std::max<std::size_t>(rank, 1) - 1]) * 1e-9;
}

TEST_CASE("A histogram's quantiles are within 6 % of the truth, from nanoseconds to hours",
          "[engine]") {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> exponent(0, 12.9);
  Histogram histogram;
  std::vector<std::int64_t> samples;
  for (int i = 0; i < 20'000; ++i) {
    samples.push_back(static_cast<std::int64_t>(std::pow(10.0, exponent(random))));
    histogram.add(samples.back());
  }
  for (const double q : {0.0, 0.001, 0.1, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 1.0}) {
    INFO(q);
    CHECK(histogram.quantile(q) == Approx(exact(samples, q)).epsilon(0.06));
  }
}

TEST_CASE("A histogram of one value gives that value for every quantile", "[engine]") {
  for (const std::int64_t value : {0, 1, 15, 16, 17, 1000, 123'456'789}) {
    Histogram histogram;
    histogram.add(value);
    INFO(value);
    for (const double q : {0.0, 0.5, 1.0}) {
      CHECK(histogram.quantile(q) == Approx(static_cast<double>(value) * 1e-9).epsilon(0.06));
    }
  }
}

TEST_CASE("An empty histogram has quantiles of 0, and odd samples do no harm", "[engine]") {
  Histogram histogram;
  CHECK(histogram.quantile(0.5) == 0);
  histogram.add(-5);
  CHECK(histogram.quantile(0.5) == 0);
  histogram.add(std::numeric_limits<std::int64_t>::max());
  CHECK(histogram.quantile(1) > 3600);
}

TEST_CASE("Merged histograms are the histogram of all samples", "[engine]") {
  Histogram all;
  Histogram left;
  Histogram right;
  for (int i = 1; i < 3000; ++i) {
    all.add(i * 1000);
    (i % 3 == 0 ? left : right).add(i * 1000);
  }
  left.merge(right);
  for (const double q : {0.0, 0.1, 0.5, 0.99, 1.0}) CHECK(left.quantile(q) == all.quantile(q));
}

TEST_CASE("Shards of a stage add up", "[engine]") {
  StageShard a;
  a.count = 3;
  a.failed = 1;
  a.service_ns = 10;
  a.cpu_ns = 5;
  a.queue_wait_ns = 7;
  a.setup_ns = 2;
  a.bytes_in = 100;
  a.bytes_out = 50;
  a.service.add(1000);
  StageShard b = a;
  b.merge(a);
  CHECK(b.count == 6);
  CHECK(b.failed == 2);
  CHECK(b.service_ns == 20);
  CHECK(b.cpu_ns == 10);
  CHECK(b.queue_wait_ns == 14);
  CHECK(b.setup_ns == 4);
  CHECK(b.bytes_in == 200);
  CHECK(b.bytes_out == 100);
  CHECK(b.service.quantile(1) == a.service.quantile(1));
}

TEST_CASE("The CPUs that may be used are at least one and at most the affinity mask's",
          "[engine]") {
  cpu_set_t before;
  REQUIRE(sched_getaffinity(0, sizeof before, &before) == 0);
  CHECK(available_cpus() >= 1);
  CHECK(available_cpus() <= CPU_COUNT(&before));
  // Pinned to one CPU, there is one.
  cpu_set_t one;
  CPU_ZERO(&one);
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &before)) {
      CPU_SET(cpu, &one);
      break;
    }
  }
  REQUIRE(sched_setaffinity(0, sizeof one, &one) == 0);
  const int pinned = available_cpus();
  REQUIRE(sched_setaffinity(0, sizeof before, &before) == 0);
  CHECK(pinned == 1);
}

TEST_CASE("A thread that sleeps passes time and hardly any of its CPU's", "[engine]") {
  const std::int64_t time = now_ns();
  const std::int64_t cpu = thread_cpu_ns();
  timespec pause{.tv_sec = 0, .tv_nsec = 30'000'000};
  nanosleep(&pause, nullptr);
  const std::int64_t passed = now_ns() - time;
  CHECK(passed >= 30'000'000);
  CHECK(thread_cpu_ns() - cpu < passed / 2);
}

}  // namespace
}  // namespace imagemill::testing
