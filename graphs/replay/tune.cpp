#include "graphs/replay/tune.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/base/text.h"
#include "graphs/replay/prediction.h"

namespace imagemill {
namespace {

constexpr double kSame = 1 - kWorthChanging;

// Values of everything that can be tuned.
struct Setting {
  std::map<std::string, int> concurrency;  // by node; 0: the type's default
  std::uint64_t memory_bytes = 0;
};

class Tuner {
 public:
  Tuner(const std::vector<NodeConfig>& configs, const NodeRegistry& registry,
        const Recording& recording, const TuneRequest& request)
      : configs_(configs), registry_(registry), recording_(recording), request_(request) {}

  // Images/s of a setting; 0 if the graph cannot be built with it.
  Result<double> rate(const Setting& setting) const {
    const auto graph = build(setting);
    if (!graph) return 0.0;
    const auto replay = Replay::make(*graph, recording_);
    if (!replay) return tl::make_unexpected(replay.error());
    // Memory held for the whole run does not depend on the budget.
    const std::uint64_t held =
        request_.memory_now - std::min(request_.memory_now, recording_.memory_bytes);
    const ReplayOptions options{
        .workers = request_.workers,
        .cpus = recording_.cpus,
        .memory_bytes = setting.memory_bytes - std::min(setting.memory_bytes, held)};
    return images_per_s(*replay, options);
  }

  Setting now() const {
    Setting setting;
    for (const NodeConfig& config : configs_) setting.concurrency[config.name] = config.concurrency;
    setting.memory_bytes = request_.memory_now;
    return setting;
  }

  tl::expected<Graph, std::vector<GraphFault>> build(const Setting& setting) const {
    std::vector<NodeConfig> configs = configs_;
    for (NodeConfig& config : configs) config.concurrency = setting.concurrency.at(config.name);
    return Graph::build(configs, registry_);
  }

 private:
  const std::vector<NodeConfig>& configs_;
  const NodeRegistry& registry_;
  const Recording& recording_;
  const TuneRequest& request_;
};

std::string text_of(const GraphNode& node, int concurrency) {
  if (node.on_io_threads()) {
    return number_of(concurrency > 0 ? concurrency : node.concurrency, "thread");
  }
  return concurrency > 0 ? fmt::format("concurrency {}", concurrency) : "all workers";
}

// Values from `least`, doubled each time, up to `most`, which is known to be enough.
std::vector<std::uint64_t> doublings(std::uint64_t least, std::uint64_t most) {
  std::vector<std::uint64_t> values;
  for (std::uint64_t value = least; value < most; value *= 2) values.push_back(value);
  values.push_back(most);
  return values;
}

}  // namespace

Result<Tuning> tune(const std::vector<NodeConfig>& configs, const NodeRegistry& registry,
                    const Recording& recording, const TuneRequest& request) {
  const Tuner tuner(configs, registry, recording, request);
  const Setting now = tuner.now();
  const auto graph = tuner.build(now);
  if (!graph) return failure("invalid", graph.error().front().message);
  Tuning tuning;
  const auto rate_now = tuner.rate(now);
  if (!rate_now) return tl::make_unexpected(rate_now.error());
  tuning.now = tuning.tuned = *rate_now;

  // The widest setting bounds the gain of every other one.
  Setting best = now;
  for (const GraphNode& node : graph->nodes()) {
    int& concurrency = best.concurrency[node.name];
    if (node.type->role != Role::source && !node.works()) continue;
    if (node.on_io_threads()) {
      concurrency = std::max(node.concurrency, kMostThreads);
    } else if (concurrency > 0 && node.type->parallelism == Parallelism::unlimited) {
      concurrency = 0;
    }
  }
  best.memory_bytes = std::max(request.memory_bytes, request.memory_now);
  const double widest = tuner.rate(best).value_or(0);
  if (widest < (1 + kWorthChanging) * tuning.now) return tuning;

  // Narrow one setting after another to the least that is as good.
  const auto as_good = [&](const Setting& setting) {
    return tuner.rate(setting).value_or(0) >= kSame * widest;
  };
  for (const GraphNode& node : graph->nodes()) {
    const int wide = best.concurrency[node.name];
    if (wide == now.concurrency.at(node.name)) continue;
    Setting less = best;
    less.concurrency[node.name] = now.concurrency.at(node.name);
    if (as_good(less)) {
      best = std::move(less);
      continue;
    }
    if (!node.on_io_threads()) continue;
    for (const std::uint64_t threads : doublings(static_cast<std::uint64_t>(node.concurrency),
                                                 static_cast<std::uint64_t>(wide))) {
      less.concurrency[node.name] = static_cast<int>(threads);
      if (!as_good(less)) continue;
      best = less;
      break;
    }
  }
  for (const std::uint64_t memory : doublings(request.memory_now, best.memory_bytes)) {
    Setting less = best;
    less.memory_bytes = memory;
    if (!as_good(less)) continue;
    best = std::move(less);
    break;
  }

  tuning.tuned = tuner.rate(best).value_or(0);
  for (const GraphNode& node : graph->nodes()) {
    const int from = now.concurrency.at(node.name);
    const int to = best.concurrency.at(node.name);
    if (from == to) continue;
    Setting without = best;
    without.concurrency[node.name] = from;
    tuning.changes.concurrency[node.name] = to;
    tuning.knobs.push_back(
        {node.name, text_of(node, from), text_of(node, to), tuner.rate(without).value_or(0)});
  }
  if (best.memory_bytes != now.memory_bytes) {
    Setting without = best;
    without.memory_bytes = now.memory_bytes;
    tuning.changes.memory = ByteSize{best.memory_bytes};
    tuning.knobs.push_back({"", TextValue<ByteSize>::format({now.memory_bytes}),
                            TextValue<ByteSize>::format({best.memory_bytes}),
                            tuner.rate(without).value_or(0)});
  }
  return tuning;
}

}  // namespace imagemill
