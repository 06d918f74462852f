#include "graphs/stats/scaling_laws.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "graphs/stats/least_squares.h"

namespace imagemill {
namespace {

// Row of the linear form p / X(p) = a + b(p − 1) + cp(p − 1), with a = 1/λ, b = σ/λ and c = κ/λ.
// Each row is multiplied by rate ÷ p, so that its residual is the relative error.
Vector<3> terms(double workers, double rate) {
  return {rate / workers, rate * (workers - 1) / workers, rate * (workers - 1)};
}

struct Point {
  double workers;
  double rate;
};

// Fit with b, c, or both held at 0.
Vector<3> fit_with(std::span<const Point> points, bool free_b, bool free_c) {
  Matrix<3> a{};
  Vector<3> right{};
  for (const Point& point : points) {
    Vector<3> x = terms(point.workers, point.rate);
    if (!free_b) x[1] = 0;
    if (!free_c) x[2] = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      for (std::size_t j = 0; j < 3; ++j) a[i][j] += x[i] * x[j];
      right[i] += x[i];
    }
  }
  for (std::size_t i = 0; i < 3; ++i) a[i][i] = a[i][i] > 0 ? a[i][i] * (1 + 1e-12) : 1;
  return solve(a, right);
}

double error_of(std::span<const Point> points, const Vector<3>& fit) {
  double sum = 0;
  for (const Point& point : points) {
    const Vector<3> x = terms(point.workers, point.rate);
    const double off = x[0] * fit[0] + x[1] * fit[1] + x[2] * fit[2] - 1;
    sum += off * off;
  }
  return sum;
}

struct Parameters {
  double lambda, sigma, kappa;
};

// Best fit without a negative parameter.
Parameters fit(std::span<const Point> points) {
  Vector<3> best{};
  double least = std::numeric_limits<double>::infinity();
  for (const auto& [free_b, free_c] : {std::pair(true, true), std::pair(true, false),
                                       std::pair(false, true), std::pair(false, false)}) {
    const Vector<3> found = fit_with(points, free_b, free_c);
    if (found[0] <= 0 || found[1] < 0 || found[2] < 0) continue;
    const double error = error_of(points, found);
    if (error < least) {
      least = error;
      best = found;
    }
  }
  return {1 / best[0], best[1] / best[0], best[2] / best[0]};
}

Estimate estimate(double value, std::vector<double> samples) {
  std::sort(samples.begin(), samples.end());
  const auto at = [&](double q) {
    return samples[static_cast<std::size_t>(q * static_cast<double>(samples.size() - 1))];
  };
  return {value, std::min(value, at(0.025)), std::max(value, at(0.975))};
}

}  // namespace

double amdahl(double serial_fraction, double workers) {
  return 1 / (serial_fraction + (1 - serial_fraction) / workers);
}

double karp_flatt(double speedup, double workers) {
  return (1 / speedup - 1 / workers) / (1 - 1 / workers);
}

double Usl::rate(double workers) const {
  return lambda.value * workers /
         (1 + sigma.value * (workers - 1) + kappa.value * workers * (workers - 1));
}

double Usl::peak_workers() const {
  if (kappa.value <= 0) return std::numeric_limits<double>::infinity();
  return std::max(std::sqrt(std::max(1 - sigma.value, 0.0) / kappa.value), 1.0);
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

std::optional<Usl> fit_usl(std::span<const RatesAt> measured) {
  if (measured.size() < kUslCounts) return {};
  std::vector<Point> points;
  std::size_t repeats = measured.front().rates.size();
  for (const RatesAt& at : measured) {
    for (const double rate : at.rates) {
      if (!std::isfinite(rate) || rate <= 0) return {};
    }
    repeats = std::min(repeats, at.rates.size());
    points.push_back({at.workers, median(at.rates)});
  }
  if (repeats == 0) return {};
  const Parameters whole = fit(points);

  constexpr int kResamples = 500;
  std::mt19937 dice(1);
  std::vector<double> lambdas, sigmas, kappas;
  std::vector<std::size_t> drawn(repeats);
  for (int i = 0; i < kResamples; ++i) {
    // All counts share the drawn repeats: a disturbance of the machine hit all counts of a repeat.
    for (std::size_t& repeat : drawn) repeat = dice() % repeats;
    for (std::size_t at = 0; at < measured.size(); ++at) {
      std::vector<double> rates;
      rates.reserve(repeats);
      for (const std::size_t repeat : drawn) rates.push_back(measured[at].rates[repeat]);
      points[at].rate = median(std::move(rates));
    }
    const Parameters of_sample = fit(points);
    lambdas.push_back(of_sample.lambda);
    sigmas.push_back(of_sample.sigma);
    kappas.push_back(of_sample.kappa);
  }
  return Usl{estimate(whole.lambda, std::move(lambdas)), estimate(whole.sigma, std::move(sigmas)),
             estimate(whole.kappa, std::move(kappas))};
}

}  // namespace imagemill
