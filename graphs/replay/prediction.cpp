#include "graphs/replay/prediction.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <random>

namespace imagemill {
namespace {

constexpr int kResamples = 60;
constexpr std::size_t kResampledVisits = 6'000;  // most visits in one resample
constexpr std::size_t kBlockItems = 10;

double admitted_of(const Recording& recording, std::span<const std::uint32_t> order) {
  return static_cast<double>(std::count_if(order.begin(), order.end(), [&](std::uint32_t item) {
    return recording.items[item].admitted;
  }));
}

double admitted_of(const Recording& recording) {
  return static_cast<double>(
      std::count_if(recording.items.begin(), recording.items.end(),
                    [](const Recording::Item& item) { return item.admitted; }));
}

// Items of the run ÷ recorded items.
double recorded_share(const Recording& recording) {
  return static_cast<double>(recording.run_items) / static_cast<double>(recording.items.size());
}

// 5 % and 95 % quantiles of the rate with redrawn items and contention, relative to the median.
// With more workers than recorded, every other draw lets each further busy worker add as much
// contention as those before.
std::pair<double, double> spread(const Replay& replay, const ReplayOptions& options,
                                 std::mt19937_64& random) {
  const Recording& recording = replay.recording();
  const std::size_t all = recording.items.size();
  const double visits_an_item =
      std::max(static_cast<double>(recording.visits.size()) / static_cast<double>(all), 1.0);
  const std::size_t drawn =
      std::min(all, static_cast<std::size_t>(kResampledVisits / visits_an_item) + 1);
  const std::size_t block = std::min(kBlockItems, std::max<std::size_t>(all / 10, 1));
  const bool beyond = options.workers > recording.workers;
  std::vector<double> rates;
  std::vector<double> as_predicted;
  std::vector<std::uint32_t> order;
  for (int i = 0; i < kResamples; ++i) {
    order.clear();
    while (order.size() < drawn) {
      const std::size_t first = random() % (all - block + 1);
      for (std::size_t j = 0; j < block && order.size() < drawn; ++j) {
        order.push_back(static_cast<std::uint32_t>(first + j));
      }
    }
    ReplayOptions resampled = options;
    resampled.contention.clear();
    for (const Recording::Stage& stage : recording.stages) {
      const double sigma = (stage.contention.high - stage.contention.low) / (2 * 1.96);
      std::normal_distribution<double> normal;
      resampled.contention.push_back(
          std::max(stage.contention.value + sigma * normal(random), 0.0));
    }
    const bool growing = beyond && i % 2 == 1;
    if (growing) resampled.contending = 0;
    const double items = admitted_of(recording, order);
    const double wall_s = replay.run(resampled, order).wall_s;
    if (items <= 0 || wall_s <= 0) continue;
    rates.push_back(items / wall_s);
    if (!growing) as_predicted.push_back(rates.back());
  }
  if (as_predicted.empty()) return {1, 1};
  std::sort(rates.begin(), rates.end());
  const double middle = median(as_predicted);
  // The mean over a subsample spreads wider than that over all items.
  const double narrower =
      beyond ? 1 : std::sqrt(static_cast<double>(drawn) / static_cast<double>(all));
  const auto at = [&](double share) {
    const double rate =
        rates[static_cast<std::size_t>(share * static_cast<double>(rates.size() - 1))];
    return 1 + (rate / middle - 1) * narrower;
  };
  return {at(0.05), at(0.95)};
}

// Seconds of each stage, summed over all items.
std::vector<double> stage_seconds(const Replay& replay, const ReplayOptions& options) {
  std::vector<double> seconds(replay.graph().nodes().size());
  for (const Recording::Visit& visit : replay.recording().visits) {
    seconds[visit.node] += replay.alone_s(visit, options);
  }
  // Probes take time of the source's threads, too.
  for (const Recording::Item& item : replay.recording().items) seconds[0] += item.probe_s;
  return seconds;
}

std::vector<Bound> capacity_bounds(const Replay& replay, const ReplayOptions& options) {
  const auto& nodes = replay.graph().nodes();
  const double items = admitted_of(replay.recording());
  const std::vector<double> seconds = stage_seconds(replay, options);
  std::vector<Bound> bounds;
  double on_workers = 0;
  double on_cpus = 0;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (seconds[i] <= 0) continue;
    if (nodes[i].works() && !nodes[i].on_io_threads()) {
      on_workers += seconds[i];
      on_cpus += seconds[i] * replay.recording().stages[i].cpu_share;
    }
    if (nodes[i].concurrency == 0) continue;
    bounds.push_back({Bound::By::limit, i, nodes[i].concurrency * items / seconds[i]});
  }
  if (on_workers > 0) {
    bounds.insert(bounds.begin(), {Bound::By::workers, 0, options.workers * items / on_workers});
  }
  if (options.cpus > 0 && options.cpus < options.workers && on_cpus > 0) {
    bounds.push_back({Bound::By::cpus, 0, options.cpus * items / on_cpus});
  }
  return bounds;
}

void sort_by_rate(std::vector<Bound>& bounds) {
  std::stable_sort(bounds.begin(), bounds.end(),
                   [](const Bound& a, const Bound& b) { return a.items_per_s < b.items_per_s; });
}

// Options that leave service times as recorded, with the contention of the recorded run in them.
ReplayOptions as_recorded(const Replay& replay, ReplayOptions options) {
  options.contention.assign(replay.graph().nodes().size(), 0);
  return options;
}

}  // namespace

double images_per_s(const Replay& replay, const ReplayOptions& options) {
  const Recording& recording = replay.recording();
  if (recording.items.empty()) return 0;
  const double ends = recording.lead_in_s + recording.lead_out_s;
  const double more = recorded_share(recording);
  const double wall_s = (replay.run(options).wall_s - ends) * more + ends;
  return wall_s > 0 ? admitted_of(recording) * more / wall_s : 0;
}

std::vector<Bound> bounds_of(const Replay& replay, const ReplayOptions& options) {
  std::vector<Bound> bounds = capacity_bounds(replay, options);
  const Recording& recording = replay.recording();
  // Little (1961): items in flight ÷ the shortest possible stay bounds the rate.
  double stay_s = 0;
  double stay_bytes = 0;
  for (std::uint32_t i = 0; i < recording.items.size(); ++i) {
    const double path = replay.critical_path_s(i, options);
    stay_s += path;
    stay_bytes +=
        path * static_cast<double>(std::min(recording.items[i].lease_bytes, options.memory_bytes));
  }
  const double items = admitted_of(recording);
  if (stay_s > 0) {
    const auto most = static_cast<double>(replay.graph().max_in_flight(options.workers));
    bounds.push_back({Bound::By::in_flight, 0, most * items / stay_s});
  }
  if (stay_bytes > 0) {
    bounds.push_back(
        {Bound::By::memory, 0, static_cast<double>(options.memory_bytes) * items / stay_bytes});
  }
  sort_by_rate(bounds);
  return bounds;
}

std::optional<double> PredictedPoint::error() const {
  if (!measured || measured->value <= 0) return {};
  return images_per_s.value / measured->value - 1;
}

double Prediction::worst_error() const {
  double worst = std::max(std::abs(self_error), other_error);
  for (const PredictedPoint& point : points) {
    worst = std::max(worst, std::abs(point.error().value_or(0)));
  }
  return worst;
}

Prediction predict(const std::string& name, const Replay& recorded, const Replay& asked,
                   const PredictionRequest& request) {
  const Recording& recording = recorded.recording();
  Prediction prediction;
  prediction.graph = name;
  if (!recording.visits.empty()) {
    prediction.items = static_cast<std::uint64_t>(
        std::llround(admitted_of(recording) * recorded_share(recording)));
  }
  prediction.recorded_workers = recording.workers;
  prediction.recorded_cpus = recording.cpus;
  prediction.recorded_images_per_s = recording.images_per_s;
  prediction.changes = request.changes;
  prediction.cpus = request.cpus;
  if (prediction.items == 0) return prediction;
  const auto options = [&](int workers) {
    const int cpus = request.cpus > 0 ? request.cpus : std::max(workers, recording.cpus);
    return ReplayOptions{.workers = workers,
                         .cpus = cpus,
                         .memory_bytes = request.memory_bytes,
                         .contending = recording.workers};
  };
  ReplayOptions as_it_was = options(recording.workers);
  as_it_was.cpus = recording.cpus;
  as_it_was.memory_bytes = recording.memory_bytes;
  if (recording.images_per_s > 0) {
    prediction.self_error = images_per_s(recorded, as_it_was) / recording.images_per_s - 1;
  }
  for (std::size_t i = 0; i < recording.stages.size(); ++i) {
    const GraphNode& node = recorded.graph().nodes()[i];
    if (!node.works() || node.on_io_threads()) continue;
    if (recording.stages[i].contention_known) {
      prediction.calibrated = true;
      continue;
    }
    prediction.not_calibrated.push_back(recording.stages[i].node);
  }
  // Measurements with more workers than CPUs are no evidence of scaling.
  std::vector<RatesAt> within;
  std::copy_if(request.measured.begin(), request.measured.end(), std::back_inserter(within),
               [&](const RatesAt& rates) {
                 return rates.workers <= recording.cpus && !rates.rates.empty();
               });
  const auto usl = fit_usl(within);
  std::mt19937_64 random(1);
  const auto estimate = [&](int workers) {
    const double rate = images_per_s(asked, options(workers));
    const auto [low, high] = spread(asked, options(workers), random);
    return Estimate{rate, rate * low, rate * high};
  };
  // Measurements on this machine tell nothing about one with other CPUs.
  const auto comparable = [&](int workers) {
    const int cpus = options(workers).cpus;
    return cpus == recording.cpus || (workers <= cpus && workers <= recording.cpus);
  };
  for (const RatesAt& measured : within) {
    const int workers = static_cast<int>(measured.workers);
    if (!comparable(workers)) continue;
    const double rate = images_per_s(asked, options(workers));
    prediction.other_error =
        std::max(prediction.other_error, std::abs(rate / median(measured.rates) - 1));
  }
  prediction.one_worker = estimate(1);
  for (const int workers : request.workers) {
    PredictedPoint& point = prediction.points.emplace_back();
    point.workers = workers;
    point.beyond_machine = workers > recording.cpus;
    point.images_per_s = workers == 1 ? prediction.one_worker : estimate(workers);
    point.bounds = bounds_of(asked, options(workers));
    std::vector<Bound> baseline = capacity_bounds(asked, as_recorded(asked, options(workers)));
    sort_by_rate(baseline);
    if (!baseline.empty()) point.baseline = baseline.front().items_per_s;
    if (recording.serial_fraction) {
      const int at_once = std::min(workers, options(workers).cpus);
      point.amdahl = prediction.one_worker.value * amdahl(*recording.serial_fraction, at_once);
    }
    if (usl) point.usl = usl->rate(workers);
    for (const RatesAt& measured : request.measured) {
      if (measured.workers != workers || !comparable(workers) || measured.rates.empty()) continue;
      const auto [least, most] = std::minmax_element(measured.rates.begin(), measured.rates.end());
      point.measured = Estimate{median(measured.rates), *least, *most};
    }
    point.profile = make_profile(name, asked.graph(), asked.recorded(options(workers)));
  }
  return prediction;
}

}  // namespace imagemill
