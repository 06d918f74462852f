// What is known of how throughput grows with the number of workers.
#pragma once

#include <optional>
#include <span>
#include <vector>

namespace imagemill {

// Amdahl (1967): the speed-up of `workers` where a fraction is serial and overlaps nothing.
double amdahl(double serial_fraction, double workers);

// Karp and Flatt (1990): the serial fraction that a measured speed-up comes to. Requires: workers >
// 1. The same at every number of workers, it is serial work; growing, it is overhead.
double karp_flatt(double speedup, double workers);

// A number, and the range in which it may be.
struct Estimate {
  double value = 0;
  double low = 0;
  double high = 0;
};

// The Universal Scalability Law (Gunther 1993): X(p) = λp / (1 + σ(p − 1) + κp(p − 1)), with the
// rate λ of one worker, contention σ and coherency κ, none of them negative.
struct Usl {
  Estimate lambda;
  Estimate sigma;
  Estimate kappa;

  double rate(double workers) const;
  // Where the rate is highest; infinite without κ.
  double peak_workers() const;
};

// Rates that were measured with one number of workers, by repeat.
struct RatesAt {
  double workers = 0;
  std::vector<double> rates;
};

constexpr std::size_t kUslCounts = 4;

// Fits the law to the medians, so that relative errors are least. The ranges hold 95 % of what
// comes out when repeats are drawn anew (a bootstrap): with a handful of repeats they are too
// narrow, with one they are nothing. Nothing for fewer than kUslCounts numbers of workers, or rates
// that are not positive. Deterministic.
std::optional<Usl> fit_usl(std::span<const RatesAt> measured);

double median(std::vector<double> values);

}  // namespace imagemill
