#include <cmath>
#include <numeric>

#include "graphs/scale_json.h"
#include "graphs/student.h"

namespace imagemill {
namespace {

constexpr std::size_t kRepeats = 3;
constexpr double kWorthSaying = 0.01;

// Of logarithms.
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

ScaleChange change_of(const ScaleRecord::Point& before, const ScaleRecord::Point& after) {
  const Sample a = sample_of(before.wall_s);
  const Sample b = sample_of(after.wall_s);
  const double variance = a.variance + b.variance;
  // Welch and Satterthwaite.
  const double freedom =
      variance > 0
          ? variance * variance /
                (a.variance * a.variance / (a.count - 1) + b.variance * b.variance / (b.count - 1))
          : a.count + b.count - 2;
  const double half = student_t975(freedom) * std::sqrt(variance);
  const double off = b.mean - a.mean;
  ScaleChange change{.mode = before.mode,
                     .workers = before.workers,
                     .ratio = {std::exp(off), std::exp(off - half), std::exp(off + half)}};
  if (change.ratio.low > 1 && change.ratio.value > 1 + kWorthSaying) {
    change.verdict = ScaleChange::Verdict::slower;
  } else if (change.ratio.high < 1 && change.ratio.value < 1 - kWorthSaying) {
    change.verdict = ScaleChange::Verdict::faster;
  }
  return change;
}

}  // namespace

Result<std::vector<ScaleChange>> compare(const ScaleRecord& before, const ScaleRecord& after) {
  if (before.graph != after.graph) {
    return failure("different", "the studies are of different graphs: '" + before.graph +
                                    "' and '" + after.graph + "'");
  }
  if (before.items != after.items) {
    return failure("different", "the studies are of " + std::to_string(before.items) + " and " +
                                    std::to_string(after.items) + " images");
  }
  std::vector<ScaleChange> changes;
  for (const ScaleRecord::Point& a : before.points) {
    for (const ScaleRecord::Point& b : after.points) {
      if (a.mode != b.mode || a.workers != b.workers) continue;
      if (a.wall_s.size() < kRepeats || b.wall_s.size() < kRepeats) {
        return failure("too_few", "it takes three repeats to tell a change from noise");
      }
      changes.push_back(change_of(a, b));
    }
  }
  if (changes.empty())
    return failure("different", "the studies have no number of workers in common");
  return changes;
}

}  // namespace imagemill
