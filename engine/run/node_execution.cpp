// The wrapper around every execution of a node: scratch, time limit, timing, errors.
#include <deque>
#include <utility>

#include "engine/base/clock.h"
#include "engine/base/exception_guard.h"
#include "engine/metrics/stage_timer.h"
#include "engine/run/run_context.h"

namespace imagemill {
namespace {

// The error code of work that ended because it was cancelled.
constexpr std::string_view kInterrupted = "interrupted";

constexpr std::string_view kOutOfMemory = "out_of_memory";

// How many unshared scratches a slot keeps. In a graph of thousands of nodes, scratch costs more to
// hold than to make again.
constexpr std::size_t kMostScratch = 64;

// Cancellation of one execution: by a stop of the run, by the end of the item, or by the item
// timeout.
class WorkCancellation final : public Cancellation {
 public:
  WorkCancellation(const Item& item, std::int64_t limit_ns, const std::stop_token& stop)
      : item_(item),
        stop_(stop),
        over_ns_(limit_ns > 0 ? now_ns() + limit_ns - item.worked_ns() : 0) {}
  bool is_requested() const override {
    return stop_.stop_requested() || item_.is_closed() || is_late();
  }
  bool is_late() const { return over_ns_ != 0 && now_ns() >= over_ns_; }

 private:
  const Item& item_;
  const std::stop_token& stop_;
  const std::int64_t over_ns_;
};

// Adds the losses of one node to the item.
class ItemLosses final : public Losses {
 public:
  ItemLosses(Item& item, const GraphNode& node) : item_(item), node_(node) {}
  void add(const LossKind& kind, std::string message) const override {
    item_.add_loss({kind, std::move(message), node_.name});
  }

 private:
  Item& item_;
  const GraphNode& node_;
};

}  // namespace

Packet RunContext::run_node(std::size_t node, Packet in, int slot) {
  const GraphNode& graph_node = graph_.nodes()[node];
  Packet out{.item = in.item, .mark = in.mark, .number = in.number};
  ProgressCounters::Stage* const watch = stages_[node].watch;
  if (watch != nullptr) ProgressCounters::count(watch->begun);
  if (out.mark == Outcome::ok && stop_.stop_requested()) out.mark = Outcome::cancelled;
  if (out.item->is_closed()) out.mark = Outcome::failed;
  if (out.mark == Outcome::ok) {
    StageCounters& counters = stages_[node].counters.at(slot);
    Visit visit;
    visit.bytes_in = in.payload_bytes;
    const auto turn = recorder_ ? recorder_->take_turn(graph_node) : std::nullopt;
    visit.alone = turn && turn->began_alone();
    auto result = call(node, in, slot, visit);
    if (result && graph_node.type->arity == Arity::many &&
        std::any_cast<Payloads>(&*result)->size() != out.item->plan(node).plan.parts.size()) {
      result = failure("internal", "another number of parts than was planned");
    }
    if (!result && result.error().code == kInterrupted && stop_.stop_requested()) {
      out.mark = Outcome::cancelled;
    } else if (!result) {
      ++counters.failed;
      out.mark = Outcome::failed;
      fail(node, out.item, std::move(result.error()));
    } else {
      out.payload_bytes = graph_node.node->payload_bytes(*result);
      counters.bytes_out += out.payload_bytes;
      if (graph_node.type->role == Role::sink) {
        auto written = std::any_cast<Written>(std::move(*result));
        written.node = node;
        out.item->add_output(std::move(written));
      } else {
        out.payload = std::move(*result);
      }
    }
    visit.alone = turn && turn->alone();
    visit.bytes_out = out.payload_bytes;
    visit.mark = out.mark;
    record(visit, *out.item, node, in.number, slot);
  }
  out.ready_ns = in.ready_ns;
  // The input is freed before the next stage can see the result.
  in = Packet();
  if (graph_node.type->role == Role::sink) end_packet(out.item, out.mark);
  if (watch != nullptr) ProgressCounters::count(watch->ended);
  return out;
}

// Runs the node's work, with scratch, time limit and timing. Fills in the times of `visit`.
Result<Payload> RunContext::call(std::size_t node, Packet& in, int slot, Visit& visit) {
  StageCounters& counters = stages_[node].counters.at(slot);
  SlotScratch& scratch = stages_[stages_[node].scratch_of].scratch.at(slot);
  ++counters.count;
  if (!scratch.is_made) {
    if (auto made = make_scratch(node, scratch, in, slot, visit); !made) {
      return tl::make_unexpected(std::move(made.error()));
    }
  }
  counters.bytes_in += in.payload_bytes;
  StageTimer timer(counters);
  counters.queue_wait_ns += timer.start_ns() - in.ready_ns;
  std::optional<RecordedPieces> recorded;
  if (recorder_) recorded.emplace(*recorder_, parallel_, in, node, slot);
  const Parallel& parallel = visit.alone ? Parallel::none() : recorded ? *recorded : parallel_;
  const WorkCancellation cancellation(*in.item, options_.item_timeout_ns, stops_);
  std::optional<StallMonitor::Busy> busy;
  if (monitor_) {
    busy.emplace(*monitor_, slot,
                 StallMonitor::Work{.item = in.item, .node = node, .since_ns = timer.start_ns()});
  }
  auto result =
      guarded([&] { return process(node, in, scratch.value.get(), parallel, cancellation); });
  busy.reset();
  // The scratch may be half changed since memory ran out, so the next item gets a new one.
  if (!result && result.error().code == kOutOfMemory) drop_scratch(node, scratch, slot);
  if (!result && result.error().code == kInterrupted && cancellation.is_late()) {
    result = tl::make_unexpected(timeout_error(options_.item_timeout_ns));
  }
  const std::int64_t service_ns = timer.stop();
  in.item->add_work(service_ns);
  counters.add_service(service_ns);
  const Visit timed = timer.visit(Visit::Kind::work);
  visit.start_ns = timed.start_ns;
  visit.end_ns = timed.end_ns;
  visit.cpu_ns = timed.cpu_ns;
  visit.ready_ns = in.ready_ns;
  visit.partner_ns = in.partner_ns;
  in.ready_ns = timer.end_ns();
  return result;
}

// Makes the scratch of a node in a slot. On an error, fills in the times of `visit`.
Result<void> RunContext::make_scratch(std::size_t node, SlotScratch& scratch, const Packet& in,
                                      int slot, Visit& visit) {
  const GraphNode& config = graph_.nodes()[node];
  const std::int64_t start = now_ns();
  auto made = guarded([&] { return config.node->make_scratch(); });
  Visit setup;
  setup.kind = Visit::Kind::setup;
  setup.ready_ns = setup.start_ns = start;
  setup.end_ns = now_ns();
  stages_[node].counters.at(slot).setup_ns += setup.end_ns - start;
  record(setup, *in.item, node, in.number, slot);
  if (!made) {
    visit.ready_ns = in.ready_ns;
    visit.start_ns = visit.end_ns = setup.end_ns;
    return tl::make_unexpected(std::move(made.error()));
  }
  if (*made && !config.type->shares_scratch) {
    std::deque<std::size_t>& nodes = made_scratch_.at(slot);
    nodes.push_back(node);
    if (nodes.size() > kMostScratch) {
      stages_[nodes.front()].scratch.at(slot) = {};
      nodes.pop_front();
    }
  }
  scratch = {.is_made = true, .value = std::move(*made)};
  return {};
}

void RunContext::drop_scratch(std::size_t node, SlotScratch& scratch, int slot) {
  const bool is_own = !graph_.nodes()[node].type->shares_scratch;
  if (scratch.value && is_own) std::erase(made_scratch_.at(slot), node);
  scratch = {};
}

// Gathers the inputs, packets and constants, and calls the node's process().
Result<Payload> RunContext::process(std::size_t node, Packet& in, Node::Scratch* scratch,
                                    const Parallel& parallel, const Cancellation& cancellation) {
  const GraphNode& config = graph_.nodes()[node];
  const NodePlan& plan = in.item->plan(node);
  const bool whole = plan.parts_of == NodePlan::kNoParts;
  const PartOf part{in.number, whole ? Part() : in.item->plan(plan.parts_of).plan.parts[in.number]};
  const ItemLosses losses(*in.item, config);
  const Call call{.item = in.item->info(),
                  .plan = plan,
                  .number = in.number,
                  .part = whole ? nullptr : &part,
                  .lease_bytes = in.item->lease_bytes(),
                  .parallel = parallel,
                  .cancellation = cancellation,
                  .losses = losses};
  if (config.inputs.size() == 1) return config.node->process({&in.payload, 1}, scratch, call);

  Payloads inputs(config.inputs.size());
  std::size_t flowing = 0;
  for (std::size_t port = 0; port < inputs.size(); ++port) {
    const GraphNode& source = graph_.nodes()[config.inputs[port].node];
    if (source.type->role == Role::constant) {
      inputs[port] = source.node->constant().value;
    } else {
      flowing = port;
    }
  }
  if (!config.joins()) {
    inputs[flowing] = std::move(in.payload);
  } else {
    auto joined = std::any_cast<Payloads>(std::move(in.payload));
    for (std::size_t port = 0; port < inputs.size(); ++port) {
      if (joined[port].has_value()) inputs[port] = std::move(joined[port]);
    }
  }
  return config.node->process(inputs, scratch, call);
}

}  // namespace imagemill
