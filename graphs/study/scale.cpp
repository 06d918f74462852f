#include "graphs/study/scale.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "graphs/session/scratch_run.h"

namespace imagemill {
namespace {

// Speed-up against the serial run of the same repeat.
double speedup_in(const ScaleStudy& study, const ScalePoint& point, std::size_t repeat) {
  return study.serial().wall_s[repeat] / point.wall_s[repeat];
}

// Measurements of one way of running, repeat by repeat.
struct Way {
  ScalePoint point;
  std::vector<Profile> profiles;        // one a repeat; empty if distributed
  std::vector<ClusterRecord> clusters;  // one a repeat; empty unless distributed

  bool is_distributed() const { return point.mode == "distributed"; }

  // Keeps the record of the repeat with the median time, or next to it.
  void keep_middle() {
    std::vector<std::size_t> order(point.wall_s.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return point.wall_s[a] < point.wall_s[b]; });
    const std::size_t middle = order[(order.size() - 1) / 2];
    if (is_distributed()) {
      point.cluster = std::move(clusters[middle]);
    } else {
      point.profile = std::move(profiles[middle]);
    }
  }
};

void add_different(const Difference& difference, std::set<std::string>& paths) {
  for (const auto* list : {&difference.content, &difference.only_first, &difference.only_second}) {
    paths.insert(list->begin(), list->end());
  }
}

// Measures one more repeat and returns the digests of its outputs.
Result<FileDigests> measure_distributed(Way& way, const ScaleOptions& options,
                                        const std::filesystem::path& output) {
  auto record = options.distributed(way.point.workers, output);
  if (!record) return tl::make_unexpected(std::move(record.error()));
  auto outputs =
      digest_folder(*options.run.environment.files, output, available_cpus(), options.run.stop);
  std::error_code ignored;
  std::filesystem::remove_all(output, ignored);
  if (!outputs) return outputs;
  way.point.wall_s.push_back(record->wall_s);
  way.clusters.push_back(std::move(*record));
  return outputs;
}

}  // namespace

double ScaleStudy::speedup(const ScalePoint& point) const {
  return serial().median_s() / point.median_s();
}

Estimate ScaleStudy::speedup_range(const ScalePoint& point) const {
  Estimate range{speedup(point), speedup(point), speedup(point)};
  for (std::size_t repeat = 0; repeat < point.wall_s.size(); ++repeat) {
    range.low = std::min(range.low, speedup_in(*this, point, repeat));
    range.high = std::max(range.high, speedup_in(*this, point, repeat));
  }
  return range;
}

double ScaleStudy::images_per_s(const ScalePoint& point) const {
  return static_cast<double>(items) / point.median_s();
}

std::vector<ScalingLoss> ScaleStudy::losses(const ScalePoint& point) const {
  std::vector<ScalingLoss> losses;
  if (point.cluster || serial().profile.lost_visits > 0 || point.profile.lost_visits > 0)
    return losses;
  for (std::size_t node = 0; node < point.profile.stages.size(); ++node) {
    const StageProfile& stage = point.profile.stages[node];
    if (!stage.on_workers || stage.visits == 0) continue;
    losses.push_back({.by = ScalingLoss::By::inflation,
                      .node = node,
                      .worker_s = stage.service_s - serial().profile.stages[node].service_s});
  }
  for (const IdleTime& time : point.profile.timeline.idle) {
    losses.push_back({.by = ScalingLoss::By::idle,
                      .node = time.node,
                      .cause = time.cause,
                      .worker_s = time.seconds});
  }
  std::stable_sort(losses.begin(), losses.end(), [](const ScalingLoss& a, const ScalingLoss& b) {
    return a.worker_s > b.worker_s;
  });
  return losses;
}

const ScalePoint* ScaleStudy::leaves_linear() const {
  for (const ScalePoint& point : points) {
    if (point.workers < 2 || point.beyond_machine || point.cluster) continue;
    if (speedup_range(point).high < kLinear * point.workers) return &point;
  }
  return nullptr;
}

const ScalePoint& ScaleStudy::best() const {
  constexpr double kAsFast = 1.02;
  double least = points.front().median_s();
  for (const ScalePoint& point : points) {
    if (!point.beyond_machine) least = std::min(least, point.median_s());
  }
  return *std::find_if(points.begin(), points.end(), [&](const ScalePoint& point) {
    return !point.beyond_machine && point.median_s() <= kAsFast * least;
  });
}

std::optional<Usl> ScaleStudy::usl() const {
  std::vector<RatesAt> rates;
  for (const ScalePoint& point : points) {
    if (point.mode != "flow" || point.beyond_machine) continue;
    RatesAt& at = rates.emplace_back();
    at.workers = point.workers;
    for (const double wall_s : point.wall_s) {
      at.rates.push_back(static_cast<double>(items) / wall_s);
    }
  }
  return fit_usl(rates);
}

Result<ScaleStudy> scale(const std::string& name, const Graph& graph, const ScaleOptions& options,
                         const std::filesystem::path& scratch, Machine machine,
                         RunObserver& observer) {
  const std::set<int> counts(options.workers.begin(), options.workers.end());
  std::vector<Way> ways(1);
  ways.front().point.mode = "serial";
  const auto add_way = [&](const char* mode, int workers) {
    Way& way = ways.emplace_back();
    way.point.mode = mode;
    way.point.workers = workers;
    way.point.beyond_machine = workers > machine.cpus;
  };
  for (const int workers : counts) {
    if (options.flow == ScaleOptions::Flow::measured) add_way("flow", workers);
    if (options.distributed && workers % options.nodes == 0) add_way("distributed", workers);
  }
  ScaleStudy study;
  study.graph = name;
  study.machine = std::move(machine);
  std::optional<FileDigests> expected;
  std::set<std::string> different;
  for (int repeat = -1; repeat < options.repeats; ++repeat) {
    for (Way& way : ways) {
      const bool serial = way.point.mode == "serial";
      options.next(repeat < 0 ? fmt::format("warming up: {} {}", way.point.mode, way.point.workers)
                              : fmt::format("{} {}, {} of {}", way.point.mode, way.point.workers,
                                            repeat + 1, options.repeats));
      if (way.is_distributed()) {
        auto measured = measure_distributed(way, options, scratch / "out");
        if (!measured) return tl::make_unexpected(std::move(measured.error()));
        add_different(compare(*expected, *measured), different);
        continue;
      }
      RunOptions run_options = options.run;
      run_options.workers = way.point.workers;
      run_options.visits = Visits::recorded;
      const auto executor = serial ? make_serial_executor() : make_flow_executor();
      auto ran = run_into(scratch / "out", *executor, graph, run_options, observer);
      if (!ran) return tl::make_unexpected(std::move(ran.error()));
      if (!expected) {
        expected = ran->outputs;
        study.counts = ran->run.report.items;
        study.items = study.counts.ended();
        study.outputs = expected->size();
      }
      add_different(compare(*expected, ran->outputs), different);
      // One serial run is enough to fill the caches.
      if (repeat < 0) break;
      way.point.wall_s.push_back(ran->run.report.wall_s);
      way.profiles.push_back(make_profile(name, graph, ran->run));
    }
  }
  study.different.assign(different.begin(), different.end());
  for (Way& way : ways) {
    way.keep_middle();
    study.points.push_back(std::move(way.point));
  }
  return study;
}

}  // namespace imagemill
