// Scaling laws: how throughput grows with the number of workers.
#pragma once

#include <optional>
#include <span>
#include <vector>

namespace imagemill {

// Speed-up of `workers` if a fraction of the work is serial and overlaps nothing (Amdahl 1967).
double amdahl(double serial_fraction, double workers);

// Serial fraction that explains a measured speed-up (Karp and Flatt 1990). Requires: workers > 1. A
// fraction that stays constant over the numbers of workers shows serial work; one that grows shows
// overhead.
double karp_flatt(double speedup, double workers);

// A value with its range.
struct Estimate {
  double value = 0;
  double low = 0;
  double high = 0;
};

// Universal Scalability Law (Gunther 1993): X(p) = λp / (1 + σ(p − 1) + κp(p − 1)), with the rate λ
// of one worker, contention σ and coherency κ. All three are at least 0.
struct Usl {
  Estimate lambda;
  Estimate sigma;
  Estimate kappa;

  double rate(double workers) const;
  // Number of workers with the highest rate; infinite if κ is 0.
  double peak_workers() const;
};

// Rates measured with one number of workers, one a repeat.
struct RatesAt {
  double workers = 0;
  std::vector<double> rates;
};

constexpr std::size_t kUslCounts = 4;

// Fits the law to the medians with least relative errors. Returns nullopt for fewer than kUslCounts
// numbers of workers, or for rates that are not positive. Deterministic. The ranges hold 95 % of
// the fits to redrawn repeats (a bootstrap). With a handful of repeats they are too narrow; with
// one repeat their width is 0.
std::optional<Usl> fit_usl(std::span<const RatesAt> measured);

double median(std::vector<double> values);

}  // namespace imagemill
