#include "graphs/inflation.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "graphs/least_squares.h"
#include "graphs/student.h"

namespace imagemill {
namespace {

constexpr std::size_t kFeatures = 3;
constexpr std::size_t kLeastSamples = 4;

struct Sample {
  Vector<kFeatures> x;
  double service_s;
};

// Least squares of the service time, linear in the features. Features are centred and scaled; those
// that say nothing, or nothing new, get no weight, for which a small ridge sees.
class LinearFit {
 public:
  explicit LinearFit(std::span<const Sample> samples) {
    const auto n = static_cast<double>(samples.size());
    for (const Sample& sample : samples) {
      for (std::size_t i = 0; i < kFeatures; ++i) mean_[i] += sample.x[i] / n;
      base_ += sample.service_s / n;
    }
    for (const Sample& sample : samples) {
      for (std::size_t i = 0; i < kFeatures; ++i) {
        scale_[i] += (sample.x[i] - mean_[i]) * (sample.x[i] - mean_[i]) / n;
      }
    }
    for (double& scale : scale_) scale = scale > 0 ? 1 / std::sqrt(scale) : 0;

    Matrix<kFeatures> a{};
    Vector<kFeatures> b{};
    for (const Sample& sample : samples) {
      const Vector<kFeatures> z = standard(sample);
      for (std::size_t i = 0; i < kFeatures; ++i) {
        for (std::size_t j = 0; j < kFeatures; ++j) a[i][j] += z[i] * z[j] / n;
        b[i] += z[i] * (sample.service_s - base_) / n;
      }
    }
    for (std::size_t i = 0; i < kFeatures; ++i) a[i][i] += kRidge;
    slope_ = solve(a, b);
  }

  double operator()(const Sample& sample) const {
    const Vector<kFeatures> z = standard(sample);
    double sum = base_;
    for (std::size_t i = 0; i < kFeatures; ++i) sum += slope_[i] * z[i];
    return sum;
  }

 private:
  static constexpr double kRidge = 1e-4;

  Vector<kFeatures> standard(const Sample& sample) const {
    Vector<kFeatures> z{};
    for (std::size_t i = 0; i < kFeatures; ++i) z[i] = (sample.x[i] - mean_[i]) * scale_[i];
    return z;
  }

  double base_ = 0;
  Vector<kFeatures> mean_{}, scale_{}, slope_{};
};

// What the executions of one node took.
struct NodeSamples {
  std::vector<Sample> alone;
  std::vector<Sample> beside;
};

std::optional<Inflation> estimate(const NodeSamples& samples) {
  if (std::min(samples.alone.size(), samples.beside.size()) < kLeastSamples) return {};
  const LinearFit beside(samples.beside);
  double fitted = 0;
  double took = 0;
  for (const Sample& sample : samples.alone) {
    fitted += beside(sample);
    took += sample.service_s;
  }
  Inflation result;
  if (fitted <= 0 || took <= 0) return {};
  result.samples = samples.alone.size();
  result.factor = fitted / took;
  const auto n = static_cast<double>(result.samples);
  double squares = 0;
  for (const Sample& sample : samples.alone) {
    const double off = beside(sample) - result.factor * sample.service_s;
    squares += off * off;
  }
  const double error = std::sqrt(squares / (n * (n - 1))) / (took / n);
  result.low = std::max(result.factor - student_t975(n - 1) * error, 0.0);
  result.high = result.factor + student_t975(n - 1) * error;
  double all_beside = 0;
  for (const Sample& sample : samples.beside) all_beside += sample.service_s;
  result.alone_s = took + all_beside / result.factor;
  return result;
}

}  // namespace

std::vector<std::optional<Inflation>> inflation_of(std::size_t nodes,
                                                   std::span<const Visit> visits) {
  // An execution's pieces are its work as well, whoever does them.
  using Execution = std::tuple<std::uint64_t, std::uint32_t, std::uint16_t>;
  std::map<Execution, std::int64_t> pieces;
  const auto execution = [](const Visit& visit) {
    return Execution(visit.item, visit.part, visit.node);
  };
  for (const Visit& visit : visits) {
    if (visit.kind == Visit::Kind::piece) pieces[execution(visit)] += visit.end_ns - visit.start_ns;
  }
  std::vector<NodeSamples> samples(nodes);
  for (const Visit& visit : visits) {
    if (visit.kind != Visit::Kind::work) continue;
    std::int64_t ns = visit.end_ns - visit.start_ns;
    if (!pieces.empty()) {
      const auto found = pieces.find(execution(visit));
      if (found != pieces.end()) ns += found->second;
    }
    NodeSamples& of_node = samples[visit.node];
    (visit.alone ? of_node.alone : of_node.beside)
        .push_back({{static_cast<double>(visit.bytes_in), static_cast<double>(visit.pixels_in),
                     static_cast<double>(visit.pixels_out)},
                    static_cast<double>(ns) * 1e-9});
  }
  std::vector<std::optional<Inflation>> result(nodes);
  for (std::size_t node = 0; node < nodes; ++node) result[node] = estimate(samples[node]);
  return result;
}

}  // namespace imagemill
