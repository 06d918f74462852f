#include "graphs/stats/work_inflation.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "graphs/stats/least_squares.h"
#include "graphs/stats/student.h"

namespace imagemill {
namespace {

constexpr std::size_t kFeatures = 3;
constexpr std::size_t kLeastBeside = 8;
constexpr std::size_t kLeastPhases = 3;

struct Sample {
  Vector<kFeatures> x;
  double service_s;
};

// Least squares of the service time, linear in the features, which are centred and scaled. A small
// ridge gives no weight to constant or redundant features.
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

// Samples of one node's executions.
struct NodeSamples {
  std::vector<std::vector<Sample>> alone;  // by phase
  std::vector<Sample> beside;
  double first_s = 0;  // sum over the executions left out, the first on each thread
};

// Range of the features of samples.
class Range {
 public:
  explicit Range(std::span<const Sample> samples) : low_(samples[0].x), high_(samples[0].x) {
    for (const Sample& sample : samples) {
      for (std::size_t i = 0; i < kFeatures; ++i) {
        low_[i] = std::min(low_[i], sample.x[i]);
        high_[i] = std::max(high_[i], sample.x[i]);
      }
    }
  }
  bool holds(const Sample& sample) const {
    for (std::size_t i = 0; i < kFeatures; ++i) {
      if (sample.x[i] < low_[i] || sample.x[i] > high_[i]) return false;
    }
    return true;
  }

 private:
  Vector<kFeatures> low_, high_;
};

double mean_square_error(const LinearFit& fit, std::span<const Sample> samples) {
  double sum = 0;
  for (const Sample& sample : samples) {
    const double off = sample.service_s - fit(sample);
    sum += off * off;
  }
  return sum / static_cast<double>(samples.size());
}

std::optional<Inflation> estimate(const NodeSamples& samples) {
  if (samples.beside.size() < kLeastBeside) return {};
  const LinearFit beside(samples.beside);
  const Range range(samples.beside);
  // Sums over the samples of a phase.
  struct Cluster {
    double fitted = 0;
    double took = 0;
  };
  std::vector<Cluster> clusters;
  Cluster all;
  Inflation result;
  double alone = 0;
  for (const std::vector<Sample>& phase : samples.alone) {
    Cluster cluster;
    for (const Sample& sample : phase) {
      alone += sample.service_s;
      if (!range.holds(sample)) continue;
      cluster.fitted += beside(sample);
      cluster.took += sample.service_s;
      ++result.samples;
    }
    if (cluster.took <= 0) continue;
    clusters.push_back(cluster);
    all.fitted += cluster.fitted;
    all.took += cluster.took;
  }
  if (clusters.size() < kLeastPhases || all.fitted <= 0) return {};
  result.factor = all.fitted / all.took;
  const auto count = static_cast<double>(clusters.size());
  double squares = 0;
  for (const Cluster& cluster : clusters) {
    const double off = cluster.fitted - result.factor * cluster.took;
    squares += off * off;
  }
  const double of_phases = std::sqrt(squares * count / (count - 1)) / all.took;
  double beside_s = 0;
  for (const Sample& sample : samples.beside) beside_s += sample.service_s;
  const auto n = static_cast<double>(samples.beside.size());
  const double of_fit =
      result.factor * std::sqrt(mean_square_error(beside, samples.beside) / n) / (beside_s / n);
  const double half = student_t975(count - 1) * std::hypot(of_phases, of_fit);
  result.low = std::max(result.factor - half, 0.0);
  result.high = result.factor + half;
  if (result.high - result.low > result.factor) return {};
  result.alone_s = alone + samples.first_s + beside_s / result.factor;
  return result;
}

}  // namespace

std::vector<std::optional<Inflation>> inflation_of(std::size_t nodes, std::span<const Visit> visits,
                                                   std::span<const SoloPhase> solo) {
  // Pieces that other workers took count as work of their execution.
  using Execution = std::tuple<std::uint64_t, std::uint32_t, std::uint16_t>;
  std::map<Execution, std::int64_t> pieces;
  const auto execution = [](const Visit& visit) {
    return Execution(visit.item, visit.part, visit.node);
  };
  for (const Visit& visit : visits) {
    if (visit.kind == Visit::Kind::piece) pieces[execution(visit)] += visit.end_ns - visit.start_ns;
  }
  std::vector<NodeSamples> samples(nodes);
  for (NodeSamples& of_node : samples) of_node.alone.resize(solo.size());
  std::set<std::pair<std::uint16_t, std::uint16_t>> begun;  // node and slot
  for (const Visit& visit : visits) {
    if (visit.kind != Visit::Kind::work) continue;
    std::int64_t ns = visit.end_ns - visit.start_ns;
    if (!pieces.empty()) {
      const auto found = pieces.find(execution(visit));
      if (found != pieces.end()) ns += found->second;
    }
    NodeSamples& of_node = samples[visit.node];
    const Sample sample{{static_cast<double>(visit.bytes_in), static_cast<double>(visit.pixels_in),
                         static_cast<double>(visit.pixels_out)},
                        static_cast<double>(ns) * 1e-9};
    if (begun.insert({visit.node, visit.slot}).second) {
      of_node.first_s += sample.service_s;
    } else if (visit.alone) {
      const auto after = std::upper_bound(
          solo.begin(), solo.end(), visit.start_ns,
          [](std::int64_t at, const SoloPhase& phase) { return at < phase.begin_ns; });
      if (after != solo.begin()) {
        of_node.alone[static_cast<std::size_t>(after - solo.begin()) - 1].push_back(sample);
      }
    } else {
      of_node.beside.push_back(sample);
    }
  }
  std::vector<std::optional<Inflation>> result(nodes);
  for (std::size_t node = 0; node < nodes; ++node) result[node] = estimate(samples[node]);
  return result;
}

}  // namespace imagemill
