#include "graphs/replay/replay.h"

#include <algorithm>
#include <numeric>

#include "graphs/replay/simulation.h"

namespace imagemill {
namespace {

// Adds the nodes that a node feeds, through choices, in the order in which it feeds them.
void add_fed(const Graph& graph, std::size_t node, std::vector<std::size_t>& fed) {
  for (const auto& targets : graph.nodes()[node].outputs) {
    for (const GraphNode::Target& target : targets) {
      if (graph.nodes()[target.node].type->role == Role::choice) {
        add_fed(graph, target.node, fed);
      } else {
        fed.push_back(target.node);
      }
    }
  }
}

bool by_place(const Recording::Visit& a, const Recording::Visit& b) {
  return std::pair(a.node, a.part) < std::pair(b.node, b.part);
}

}  // namespace

Result<Replay> Replay::make(const Graph& graph, const Recording& recording) {
  const auto& nodes = graph.nodes();
  bool same = nodes.size() == recording.stages.size();
  for (std::size_t i = 0; same && i < nodes.size(); ++i) {
    same = nodes[i].name == recording.stages[i].node;
  }
  Replay replay(graph, recording);
  if (!same || !replay.link()) {
    return failure("other_graph", "the recorded executions are those of another graph");
  }
  return replay;
}

bool Replay::link() {
  const auto& nodes = graph_->nodes();
  std::vector<std::vector<std::size_t>> fed(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) add_fed(*graph_, i, fed[i]);
  const auto& visits = recording_->visits;
  awaited_.resize(visits.size());
  std::size_t first = 0;
  for (const Recording::Item& item : recording_->items) {
    first_.push_back(static_cast<std::uint32_t>(first));
    const std::size_t end = first + item.visits;
    if (end > visits.size()) return false;
    const auto begin_of = visits.begin() + static_cast<std::ptrdiff_t>(first);
    const auto end_of = visits.begin() + static_cast<std::ptrdiff_t>(end);
    if (!std::is_sorted(begin_of, end_of, by_place)) return false;
    for (std::size_t v = first; v < end; ++v) {
      fed_from_.push_back(static_cast<std::uint32_t>(fed_.size()));
      if (visits[v].node >= nodes.size()) return false;
      const bool many = nodes[visits[v].node].type->arity == Arity::many;
      for (const std::size_t node : fed[visits[v].node]) {
        const Recording::Visit key{static_cast<std::uint16_t>(node), many ? 0 : visits[v].part};
        auto found = std::lower_bound(begin_of, end_of, key, by_place);
        while (found != end_of && found->node == node && (many || found->part == visits[v].part)) {
          const auto index = static_cast<std::uint32_t>(found - visits.begin());
          fed_.push_back(index);
          ++awaited_[index];
          ++found;
        }
      }
    }
    for (std::size_t v = first; v < end; ++v) {
      // A visit without a feeder would never run, and an item has one read.
      if ((awaited_[v] == 0) != (visits[v].node == 0)) return false;
      if (v > first && visits[v].node == 0) return false;
    }
    first = end;
  }
  fed_from_.push_back(static_cast<std::uint32_t>(fed_.size()));
  return first == visits.size();
}

double Replay::alone_s(const Recording::Visit& visit, const ReplayOptions& options) const {
  const double contention = options.contention.empty()
                                ? recording_->stages[visit.node].contention.value
                                : options.contention[visit.node];
  const double others = std::max(visit.busy_workers - 1, 0.0);
  return visit.service_s / (1 + contention * others);
}

double Replay::critical_path_s(std::uint32_t item, const ReplayOptions& options) const {
  const std::uint32_t first = first_[item];
  const std::uint32_t count = recording_->items[item].visits;
  std::vector<double> begin(count);
  double longest = 0;
  // One pass suffices: visits are sorted by node, and nodes are in topological order.
  for (std::uint32_t i = 0; i < count; ++i) {
    const double end = begin[i] + alone_s(recording_->visits[first + i], options);
    longest = std::max(longest, end);
    for (std::uint32_t f = fed_from_[first + i]; f < fed_from_[first + i + 1]; ++f) {
      double& next = begin[fed_[f] - first];
      next = std::max(next, end);
    }
  }
  return longest;
}

Replayed Replay::run(const ReplayOptions& options, std::span<const std::uint32_t> order) const {
  return Simulation(*this, options, nullptr).run(order);
}

Replayed Replay::run(const ReplayOptions& options) const {
  std::vector<std::uint32_t> order(recording_->items.size());
  std::iota(order.begin(), order.end(), 0U);
  return run(options, order);
}

RunResult Replay::recorded(const ReplayOptions& options) const {
  std::vector<std::uint32_t> order(recording_->items.size());
  std::iota(order.begin(), order.end(), 0U);
  RunResult result;
  const Replayed replayed = Simulation(*this, options, &result.visits).run(order);
  std::stable_sort(result.visits.begin(), result.visits.end(),
                   [](const Visit& a, const Visit& b) { return a.start_ns < b.start_ns; });
  result.end_ns = static_cast<std::int64_t>(replayed.wall_s * 1e9);
  for (const Visit& visit : result.visits) {
    if (visit.cpu_ns != Visit::kNotRead) result.cpu_ns += visit.cpu_ns;
  }
  RunReport& report = result.report;
  report.workers = options.workers;
  report.executor = "replay";
  report.wall_s = replayed.wall_s;
  report.memory_limit_bytes = options.memory_bytes;
  report.memory_peak_bytes = replayed.memory_peak_bytes;
  report.items.admitted = report.items.ok = static_cast<std::uint64_t>(
      std::count_if(recording_->items.begin(), recording_->items.end(),
                    [](const Recording::Item& item) { return item.admitted; }));
  return result;
}

}  // namespace imagemill
