// The laws of scaling, against numbers that they give.
#include "graphs/stats/scaling_laws.h"

#include <algorithm>
#include <cmath>

#include "tests/support/catch.h"

using namespace imagemill;

namespace {

// Rates by the law, times 1 ± noise.
std::vector<RatesAt> rates(double lambda, double sigma, double kappa, double noise = 0) {
  std::vector<RatesAt> points;
  for (const double p : {1., 2., 4., 8., 16.}) {
    const double rate = lambda * p / (1 + sigma * (p - 1) + kappa * p * (p - 1));
    std::vector<double> repeats = {rate * (1 - noise), rate, rate * (1 + noise)};
    // A repeat that is slow with one number of workers is not with the next.
    std::rotate(repeats.begin(), repeats.begin() + static_cast<std::ptrdiff_t>(points.size() % 3),
                repeats.end());
    points.push_back({p, std::move(repeats)});
  }
  return points;
}

}  // namespace

TEST_CASE("Amdahl's and Karp and Flatt's formulas are each other's inverse", "[graphs]") {
  CHECK(amdahl(0.1, 8) == Approx(4.70588));
  CHECK(amdahl(0, 8) == 8);
  CHECK(amdahl(1, 8) == 1);
  for (const double f : {0.0, 0.05, 0.5})
    CHECK(karp_flatt(amdahl(f, 6), 6) == Approx(f).margin(1e-12));
}

TEST_CASE("The universal scalability law is found again", "[graphs]") {
  const auto usl = fit_usl(rates(100, 0.05, 0.002));
  REQUIRE(usl);
  CHECK(usl->lambda.value == Approx(100));
  CHECK(usl->sigma.value == Approx(0.05));
  CHECK(usl->kappa.value == Approx(0.002));
  CHECK(usl->rate(8) == Approx(rates(100, 0.05, 0.002)[3].rates[0]));
  CHECK(usl->peak_workers() == Approx(std::sqrt(0.95 / 0.002)));
}

TEST_CASE("No parameter of the law is negative, and without coherency there is no peak",
          "[graphs]") {
  // Faster than linear: nothing but the rate is left to fit.
  const auto usl = fit_usl(std::vector<RatesAt>{{1, {10}}, {2, {21}}, {3, {33}}, {4, {46}}});
  REQUIRE(usl);
  CHECK(usl->sigma.value == 0);
  CHECK(usl->kappa.value == 0);
  CHECK(usl->lambda.value == Approx(11).epsilon(0.05));
  CHECK(std::isinf(usl->peak_workers()));
  const auto amdahls = fit_usl(rates(10, 0.1, 0));
  CHECK(amdahls->sigma.value == Approx(0.1));
  CHECK(amdahls->kappa.value == Approx(0).margin(1e-9));
}

TEST_CASE("The more the repeats differ, the wider the ranges", "[graphs]") {
  const auto quiet = fit_usl(rates(100, 0.05, 0.002, 0.001));
  const auto noisy = fit_usl(rates(100, 0.05, 0.002, 0.05));
  for (const auto& usl : {quiet, noisy}) {
    CHECK(usl->sigma.low <= 0.05);
    CHECK(usl->sigma.high >= 0.05);
    CHECK(usl->kappa.low <= 0.002);
    CHECK(usl->kappa.high >= 0.002);
  }
  CHECK(noisy->sigma.high - noisy->sigma.low > 5 * (quiet->sigma.high - quiet->sigma.low));
}

TEST_CASE("The law is not fitted to fewer than four numbers of workers", "[graphs]") {
  auto three = rates(100, 0.05, 0.002);
  three.resize(3);
  CHECK_FALSE(fit_usl(three));
  // Nor to rates of nothing.
  CHECK_FALSE(fit_usl(rates(0, 0.05, 0.002)));
}

TEST_CASE("A median is the middle, or the mean of the two in the middle", "[graphs]") {
  CHECK(median({3, 1, 2}) == 2);
  CHECK(median({4, 1, 3, 2}) == 2.5);
  CHECK(median({}) == 0);
}
