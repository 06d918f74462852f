#include "bench/stage_passes.h"

#include <atomic>
#include <barrier>
#include <thread>

#include "engine/base/clock.h"
#include "engine/metrics/run_report.h"

namespace imagemill::bench {
namespace {

// The node whose output an input is, through choices.
std::size_t maker_of(const Graph& graph, std::size_t node, std::size_t port) {
  std::size_t maker = graph.nodes()[node].inputs[port].node;
  while (graph.nodes()[maker].type->role == Role::choice) {
    maker = graph.nodes()[maker].inputs.front().node;
  }
  return maker;
}

std::size_t flowing_port(const Graph& graph, std::size_t node) {
  const auto& inputs = graph.nodes()[node].inputs;
  std::size_t port = 0;
  while (graph.nodes()[inputs[port].node].type->role == Role::constant) ++port;
  return port;
}

}  // namespace

Result<StageBatch> StageBatch::prepare(const Graph& graph, const Environment& environment,
                                       std::uint64_t window_bytes) {
  StageBatch batch(graph);
  batch.window_bytes_ = window_bytes;
  for (const GraphNode& node : graph.nodes()) {
    if (node.joins() || node.type->arity == Arity::many) {
      return failure("unsupported", "'" + node.name +
                                        "' has no time alone: graphs that join or cut "
                                        "pictures can't be measured stage by stage");
    }
  }
  if (auto opened = graph.open(environment); !opened) {
    return tl::make_unexpected(std::move(opened.error()));
  }
  auto cursor = graph.source().list();
  if (!cursor) return tl::make_unexpected(std::move(cursor.error()));
  const auto entries = sorted(**cursor);
  for (const Entry& entry : entries) {
    if (entry.error) continue;
    auto candidate = graph.source().probe(entry.key);
    if (!candidate || !*candidate) continue;
    BatchItem item;
    item.candidate = std::move(**candidate);
    item.info.index = batch.items_.size();
    item.info.key = entry.key;
    item.info.facts = item.candidate.facts;
    item.info.texts = item.candidate.texts;
    auto plans = graph.plan(item.info);
    if (!plans || plans->front().packets == 0) continue;
    item.plans = std::move(*plans);
    item.lease_bytes = graph.peak_bytes(item.plans, 1);
    for (std::size_t node = 0; node < graph.nodes().size(); ++node) {
      NodePlan& plan = item.plans[node];
      item.payload_bytes += plan.packets * plan.plan.out.bytes;
      if (graph.nodes()[node].type->role == Role::sink && plan.packets > 0) {
        plan.claims = {graph.nodes()[node].node->claim(item.info, plan.in, nullptr)};
      }
    }
    batch.items_.push_back(std::move(item));
  }
  batch.last_user_.resize(graph.nodes().size());
  for (std::size_t node = 1; node < graph.nodes().size(); ++node) {
    if (!graph.nodes()[node].works()) continue;
    batch.last_user_[maker_of(graph, node, flowing_port(graph, node))] = node;
  }
  batch.pass(1);
  std::erase_if(batch.items_, [](const BatchItem& item) { return item.error.has_value(); });
  if (batch.items_.empty()) return failure("not_found", "no pictures to measure with");
  return batch;
}

// Hands a payload on as the engine does: the last taker is its only holder.
Payload StageBatch::take_input(std::size_t node, std::size_t item) {
  const std::size_t maker = maker_of(*graph_, node, flowing_port(*graph_, node));
  Payload& output = outputs_[maker][item];
  return last_user_[maker] == node ? std::move(output) : output;
}

Result<Payload> StageBatch::execute(std::size_t node, BatchItem& item, Payload in,
                                    Node::Scratch* scratch) const {
  const GraphNode& config = graph_->nodes()[node];
  const Call call{.item = item.info,
                  .plan = item.plans[node],
                  .number = 0,
                  .part = nullptr,
                  .lease_bytes = item.lease_bytes};
  if (config.inputs.size() == 1) return config.node->process({&in, 1}, scratch, call);
  Payloads inputs(config.inputs.size());
  for (std::size_t port = 0; port < inputs.size(); ++port) {
    const GraphNode& source = graph_->nodes()[config.inputs[port].node];
    if (source.type->role == Role::constant) inputs[port] = source.node->constant().value;
  }
  inputs[flowing_port(*graph_, node)] = std::move(in);
  return config.node->process(inputs, scratch, call);
}

// Where the window ends that begins with an item.
std::size_t StageBatch::window_at(std::size_t first) const {
  std::uint64_t bytes = items_[first].payload_bytes;
  std::size_t end = first + 1;
  while (end < items_.size() && (bytes += items_[end].payload_bytes) <= window_bytes_) ++end;
  return end;
}

std::vector<StagePass> StageBatch::pass(int threads, const Visit& visit) {
  std::vector<StagePass> passes;
  for (std::size_t node = 0; node < graph_->nodes().size(); ++node) {
    const GraphNode& config = graph_->nodes()[node];
    if (config.type->role == Role::source || config.works()) passes.push_back({.node = node});
  }
  for (std::size_t first = 0; first < items_.size();) {
    const std::size_t end = window_at(first);
    outputs_.assign(graph_->nodes().size(), std::vector<Payload>(end - first));
    const std::span window = std::span(items_).subspan(first, end - first);
    for (StagePass& done : passes) run_stage(window, threads, visit, done);
    first = end;
  }
  outputs_.clear();
  return passes;
}

void StageBatch::run_stage(std::span<BatchItem> window, int threads, const Visit& visit,
                           StagePass& done) {
  const std::size_t node = done.node;
  const GraphNode& config = graph_->nodes()[node];
  const bool source = config.type->role == Role::source;
  const auto size_of = [&](const Payload& in) {
    return graph_->nodes()[maker_of(*graph_, node, flowing_port(*graph_, node))]
        .node->payload_bytes(in);
  };
  std::vector<std::size_t> here;  // which items
  std::vector<Payload> inputs;
  for (std::size_t i = 0; i < window.size(); ++i) {
    BatchItem& item = window[i];
    if (item.plans[node].packets == 0 || item.error) continue;
    here.push_back(i);
    inputs.push_back(source ? Payload() : take_input(node, i));
    if (visit) visit(node, item, inputs.back());
    done.bytes_in += source ? item.info.facts.file_bytes : size_of(inputs.back());
  }
  done.items += here.size();
  struct Times {
    std::int64_t begin = 0;
    std::int64_t end = 0;
    std::int64_t service = 0;
  };
  std::vector<Times> times(static_cast<std::size_t>(threads));

  std::atomic<std::size_t> next = 0;
  std::barrier ready(threads);
  const auto work = [&](Times& mine) {
    auto scratch = config.node->make_scratch();
    ready.arrive_and_wait();
    mine.begin = now_ns();
    for (std::size_t i; (i = next++) < here.size();) {
      BatchItem& item = window[here[i]];
      const std::int64_t begin = now_ns();
      auto result = [&]() -> Result<Payload> {
        if (!scratch) return tl::make_unexpected(scratch.error());
        if (!source) return execute(node, item, std::move(inputs[i]), scratch->get());
        // The engine looks at a file's header before it reads the file.
        const auto looked = config.node->probe(item.info.key);
        return looked && *looked ? (*looked)->load() : item.candidate.load();
      }();
      mine.service += now_ns() - begin;
      if (result) {
        outputs_[node][here[i]] = std::move(*result);
      } else {
        item.error = std::move(result.error());
      }
    }
    mine.end = now_ns();
  };
  std::vector<std::jthread> workers;
  workers.reserve(times.size());
  for (Times& each : times) workers.emplace_back(work, std::ref(each));
  workers.clear();
  std::int64_t begin = times.front().begin;
  std::int64_t end = times.front().end;
  for (const Times& each : times) {
    begin = std::min(begin, each.begin);
    end = std::max(end, each.end);
    done.service_s += static_cast<double>(each.service) * 1e-9;
  }
  done.wall_s += static_cast<double>(end - begin) * 1e-9;
  for (const std::size_t i : here) {
    if (window[i].error) continue;
    const Payload& out = outputs_[node][i];
    done.bytes_out += config.type->role == Role::sink
                          ? std::any_cast<const Written&>(out).stamp.bytes
                          : config.node->payload_bytes(out);
  }
}

}  // namespace imagemill::bench
