#include "graphs/stats/ratio.h"

#include <cmath>

#include "graphs/stats/student.h"

namespace imagemill {
namespace {

// Mean of logarithms, with the variance of that mean.
struct Sample {
  double mean = 0;
  double variance = 0;  // of the mean
  double count = 0;
};

Sample sample_of(const std::vector<double>& values) {
  Sample sample;
  sample.count = static_cast<double>(values.size());
  for (const double value : values) sample.mean += std::log(value) / sample.count;
  double squares = 0;
  for (const double value : values) {
    const double off = std::log(value) - sample.mean;
    squares += off * off;
  }
  sample.variance = squares / (sample.count - 1) / sample.count;
  return sample;
}

}  // namespace

Estimate ratio_of(const std::vector<double>& before, const std::vector<double>& after) {
  const Sample a = sample_of(before);
  const Sample b = sample_of(after);
  const double variance = a.variance + b.variance;
  // Degrees of freedom by Welch and Satterthwaite.
  const double freedom =
      variance > 0
          ? variance * variance /
                (a.variance * a.variance / (a.count - 1) + b.variance * b.variance / (b.count - 1))
          : a.count + b.count - 2;
  const double half = student_t975(freedom) * std::sqrt(variance);
  const double off = b.mean - a.mean;
  return {std::exp(off), std::exp(off - half), std::exp(off + half)};
}

}  // namespace imagemill
