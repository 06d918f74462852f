#include "graphs/profile/profile.h"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>

namespace imagemill {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();
constexpr std::array<double, 6> kSizeEdges = {0, 0.25, 1, 4, 16, 64};  // megapixels

double seconds(std::int64_t ns) { return static_cast<double>(ns) * 1e-9; }

bool is_work(const Visit& visit) {
  return visit.kind == Visit::Kind::work || visit.kind == Visit::Kind::probe ||
         visit.kind == Visit::Kind::piece;
}

std::size_t size_class(std::uint64_t pixels) {
  const double megapixels = static_cast<double>(pixels) * 1e-6;
  const auto next = std::upper_bound(kSizeEdges.begin(), kSizeEdges.end(), megapixels);
  return static_cast<std::size_t>(next - kSizeEdges.begin()) - 1;
}

// Size class of each item, by the pixels of its file.
std::vector<std::uint8_t> class_by_item(std::span<const Visit> visits) {
  std::vector<std::uint8_t> classes;
  for (const Visit& visit : visits) {
    if (visit.node != 0 || visit.kind != Visit::Kind::work) continue;
    if (classes.size() <= visit.item) classes.resize(visit.item + 1);
    classes[visit.item] = static_cast<std::uint8_t>(size_class(visit.pixels_in));
  }
  return classes;
}

std::vector<SizeClass> size_classes(std::span<const StageProfile> stages,
                                    std::span<const Visit> visits,
                                    std::span<const SoloPhase> solo) {
  std::vector<SizeClass> classes(kSizeEdges.size());
  for (std::size_t i = 0; i < classes.size(); ++i) {
    classes[i].from_megapixels = kSizeEdges[i];
    classes[i].to_megapixels = i + 1 < kSizeEdges.size() ? kSizeEdges[i + 1] : kInfinite;
  }
  const std::vector<std::uint8_t> by_item = class_by_item(visits);
  struct Edge {
    std::int64_t at;
    int change;
    std::uint8_t size;
  };
  std::vector<Edge> edges;
  // A calibration phase leaves one worker alone on purpose, so the phase counts as a second busy
  // one.
  constexpr auto kSolo = static_cast<std::uint8_t>(kSizeEdges.size());
  for (const SoloPhase& phase : solo) {
    edges.push_back({phase.begin_ns, 1, kSolo});
    edges.push_back({phase.end_ns, -1, kSolo});
  }
  for (const Visit& visit : visits) {
    if (!is_work(visit) || visit.item >= by_item.size()) continue;
    SizeClass& size = classes[by_item[visit.item]];
    if (visit.node == 0 && visit.kind == Visit::Kind::work) {
      ++size.items;
      size.megapixels += static_cast<double>(visit.pixels_in) * 1e-6;
    }
    if (!stages[visit.node].on_workers) continue;
    size.worker_s += seconds(visit.end_ns - visit.start_ns);
    edges.push_back({visit.start_ns, 1, by_item[visit.item]});
    edges.push_back({visit.end_ns, -1, by_item[visit.item]});
  }
  std::sort(edges.begin(), edges.end(), [](const Edge& a, const Edge& b) {
    return a.at != b.at ? a.at < b.at : a.change < b.change;
  });
  std::array<int, kSizeEdges.size() + 1> busy{};
  int all = 0;
  for (std::size_t i = 0; i + 1 < edges.size(); ++i) {
    busy[edges[i].size] += edges[i].change;
    all += edges[i].change;
    if (all != 1 || busy[kSolo] > 0 || edges[i + 1].at == edges[i].at) continue;
    const auto which = std::find(busy.begin(), busy.end(), 1) - busy.begin();
    classes[static_cast<std::size_t>(which)].exclusive_s += seconds(edges[i + 1].at - edges[i].at);
  }
  std::erase_if(classes, [](const SizeClass& size) { return size.items == 0; });
  return classes;
}

// CPU time of a stage. It is measured in one short execution of 16, which stands for the others.
class CpuTime {
 public:
  void add(const Visit& visit) {
    const double service = seconds(visit.end_ns - visit.start_ns);
    service_ += service;
    if (visit.cpu_ns == Visit::kNotRead) return;
    read_of_ += service;
    read_ += seconds(visit.cpu_ns);
  }
  double total() const { return read_of_ > 0 ? read_ * service_ / read_of_ : 0; }

 private:
  double service_ = 0;
  double read_of_ = 0;
  double read_ = 0;
};

// Adds the visits to their stages. Service and CPU time include pieces that other workers took;
// counts, histogram and sizes do not.
void add_visits(std::vector<StageProfile>& stages, std::span<const Visit> visits) {
  std::vector<CpuTime> cpu(stages.size());
  std::vector<std::int64_t> probed;  // by item: the source's look at it, part of its execution
  for (const Visit& visit : visits) {
    StageProfile& stage = stages[visit.node];
    const std::int64_t service = visit.end_ns - visit.start_ns;
    if (visit.kind == Visit::Kind::setup) stage.setup_s += seconds(service);
    if (!is_work(visit)) continue;
    stage.service_s += seconds(service);
    cpu[visit.node].add(visit);
    if (visit.kind == Visit::Kind::probe) {
      if (probed.size() <= visit.item) probed.resize(visit.item + 1);
      probed[visit.item] = service;
    }
    if (visit.kind != Visit::Kind::work) continue;
    ++stage.visits;
    if (visit.mark == Outcome::failed) ++stage.failed;
    const bool has_probe = visit.node == 0 && visit.item < probed.size();
    stage.service.add(service + (has_probe ? probed[visit.item] : 0));
    stage.bytes_in += visit.bytes_in;
    stage.bytes_out += visit.bytes_out;
    stage.pixels_in += visit.pixels_in;
    stage.pixels_out += visit.pixels_out;
  }
  for (std::size_t i = 0; i < stages.size(); ++i) {
    stages[i].cpu_s = std::min(cpu[i].total(), stages[i].service_s);
    stages[i].blocked_s = stages[i].service_s - stages[i].cpu_s;
  }
}

// Stay from admission to the end of the last execution, summed over items.
double in_flight_s(std::span<const Visit> visits) {
  struct Stay {
    std::int64_t from = 0;
    std::int64_t to = 0;
  };
  std::vector<Stay> stays;
  for (const Visit& visit : visits) {
    if (stays.size() <= visit.item) stays.resize(visit.item + 1);
    Stay& stay = stays[visit.item];
    if (visit.kind == Visit::Kind::admission) stay.from = visit.end_ns;
    stay.to = std::max(stay.to, visit.end_ns);
  }
  double sum = 0;
  for (const Stay& stay : stays) {
    if (stay.from > 0) sum += seconds(stay.to - stay.from);
  }
  return sum;
}

void add_fractions(Profile& profile) {
  const double busy = profile.timeline.busy_s() - profile.timeline.solo_busy_s;
  const double together_s = profile.wall_s - profile.timeline.solo_s;
  const double work =
      std::accumulate(profile.stages.begin(), profile.stages.end(), 0.0,
                      [](double sum, const StageProfile& s) { return sum + s.service_s; });
  for (StageProfile& stage : profile.stages) {
    const int at_once = stage.limit > 0 ? stage.limit : profile.workers;
    double executing_s = 0;
    for (std::size_t k = 1; k < stage.times.at_once_s.size(); ++k) {
      executing_s += static_cast<double>(k) * stage.times.at_once_s[k];
    }
    stage.utilisation = together_s > 0 ? executing_s / (together_s * at_once) : 0;
    if (stage.limit > 0 && work > 0) {
      stage.capacity_fraction = stage.service_s / (stage.limit * work);
    }
    if (profile.workers > 1 && stage.on_workers && busy > 0) {
      stage.exclusive_fraction = stage.times.exclusive_s / busy;
      stage.exclusive_share_of_wall = stage.times.exclusive_s / together_s;
    }
  }
}

}  // namespace

double Profile::unexplained_cpu() const {
  return process_cpu_s > 0 ? (process_cpu_s - stages_cpu_s) / process_cpu_s : 0;
}

double Profile::uncalibrated_images_per_s() const {
  const double lost_s = workers > 0 ? calibration_s() / workers : 0;
  return wall_s > lost_s ? images_per_s * wall_s / (wall_s - lost_s) : images_per_s;
}

Profile make_profile(const std::string& name, const Graph& graph, const RunResult& run) {
  Profile profile;
  profile.graph = name;
  profile.workers = run.report.workers;
  profile.items = run.report.items.ended();
  profile.wall_s = seconds(run.end_ns - run.begin_ns);
  profile.images_per_s = run.report.images_per_s();
  profile.start_up_s = seconds(run.cpu_before_ns);
  profile.process_cpu_s = seconds(run.cpu_ns);
  profile.lost_visits = run.lost_visits;

  std::vector<TimelineStage> shapes;
  for (const GraphNode& node : graph.nodes()) {
    StageProfile& stage = profile.stages.emplace_back();
    stage.node = node.name;
    stage.type = node.type->name;
    stage.on_workers = node.works() && !node.on_io_threads();
    stage.limit = node.concurrency;
    shapes.push_back({stage.on_workers, stage.limit});
  }
  add_visits(profile.stages, run.visits);
  profile.in_flight_s = in_flight_s(run.visits);
  for (const Visit& visit : run.visits) {
    if (visit.kind != Visit::Kind::admission) continue;
    profile.turn_s += seconds(visit.start_ns - visit.ready_ns);
    profile.admission_s += seconds(visit.end_ns - visit.start_ns);
  }
  profile.timeline = sweep(shapes, profile.workers, run.begin_ns, run.end_ns, run.visits, run.solo);
  for (std::size_t i = 0; i < profile.stages.size(); ++i) {
    profile.stages[i].times = std::move(profile.timeline.stages[i]);
    profile.stages_cpu_s += profile.stages[i].cpu_s;
  }
  profile.timeline.stages.clear();
  const auto inflation = inflation_of(profile.stages.size(), run.visits, run.solo);
  for (std::size_t i = 0; i < profile.stages.size(); ++i) {
    if (profile.stages[i].on_workers) profile.stages[i].inflation = inflation[i];
  }
  add_fractions(profile);
  profile.sizes = size_classes(profile.stages, run.visits, run.solo);
  profile.bounds = bounds_of(profile);
  return profile;
}

}  // namespace imagemill
