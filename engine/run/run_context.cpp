#include "engine/run/run_context.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "engine/base/clock.h"
#include "engine/base/exception_guard.h"
#include "engine/base/text.h"
#include "engine/metrics/stage_timer.h"

namespace imagemill {
RunContext::RunContext(const Graph& graph, const RunOptions& options, RunObserver& observer,
                       std::string executor, Schedule schedule, const Parallel& parallel)
    : graph_(graph),
      options_(options),
      executor_(std::move(executor)),
      schedule_(std::move(schedule)),
      parallel_(parallel),
      outcomes_(observer, [this](const Error& error) { fail_run(error); }),
      admission_(graph, options, outcomes_, schedule_),
      made_scratch_({0, schedule_.slot_count()}) {
  std::map<const NodeType*, std::size_t> first_of;
  for (std::size_t i = 0; i < graph.nodes().size(); ++i) {
    const GraphNode& node = graph.nodes()[i];
    const SlotRange slots = schedule_.slots[i];
    // A node with threads of its own has other slots than the workers, so it can't share scratch.
    const bool shares = node.type->shares_scratch && !node.on_io_threads();
    const std::size_t scratch_of = shares ? first_of.try_emplace(node.type, i).first->second : i;
    stages_.push_back({.counters = PerSlot<StageCounters>(slots),
                       .scratch = PerSlot<SlotScratch>(slots),
                       .scratch_of = scratch_of});
  }
  if (options.abandoned || options.item_timeout_ns > 0) {
    const std::int64_t limit = options.item_timeout_ns;
    monitor_.emplace(schedule_.slot_count(),
                     StallMonitor::Limits{limit > 0 ? limit + StallMonitor::kGraceNs : 0,
                                          StallMonitor::kStopGraceNs});
  }
  if (options.visits == Visits::recorded) {
    recorder_.emplace(graph, options, schedule_.workers, schedule_.slot_count());
  }
  if (options.watch == nullptr) return;
  options.watch->name_source(graph.nodes().front().name, concurrency_of(graph.nodes().front()));
  for (std::size_t i = 0; i < stages_.size(); ++i) {
    const GraphNode& node = graph.nodes()[i];
    if (!node.works()) continue;
    stages_[i].watch = &options.watch->add_stage(node.name, concurrency_of(node), node.joins());
  }
}

Result<void> RunContext::open() {
  std::set<JoinRun> joins;
  for (const GraphNode& node : graph_.nodes()) {
    if (node.type->join_run != nullptr) joins.insert(node.type->join_run);
  }
  for (const JoinRun make : joins) kept_for_run_.push_back(make(options_.memory_bytes));
  started_ns_ = now_ns();
  cpu_before_ns_ = process_cpu_ns();
  on_outer_stop_.emplace(options_.stop, [this] { stop(Ending::stopped, ""); });
  const auto failed = [this](const Error& error) { fail_run(error); };
  if (monitor_) {
    auto watching = monitor_->watch(
        stop_.get_token(), [this](const auto& stuck, bool stopping) { give_up(stuck, stopping); },
        failed);
    if (!watching) return watching;
  }
  Environment environment = options_.environment;
  environment.stop = stop_.get_token();
  environment.memory_bytes = options_.memory_bytes;
  std::optional<StallMonitor::Busy> opening;
  if (monitor_) opening.emplace(*monitor_, monitor_->listing_slot(), StallMonitor::listing());
  if (auto opened = graph_.open(environment); !opened) return opened;
  is_open_ = true;
  note_constant_losses();
  const NameFolding folding = environment.files->folding(environment.output);
  if (options_.resume.journal != nullptr)
    resume_plan_.emplace(graph_, options_.environment, options_.resume, options_.stop, folding);
  opening.reset();
  auto begun = admission_.begin({.stop = stop_.get_token(),
                                 .folding = folding,
                                 .resume_plan = resume_plan_ ? &*resume_plan_ : nullptr,
                                 .monitor = monitor_ ? &*monitor_ : nullptr,
                                 .owner = this,
                                 .failed = failed});
  if (!begun || options_.resume.journal == nullptr) return begun;
  const auto lost = [this](const Error& error) {
    guard([&] { stop(Ending::outside, to_string(error)); });
  };
  // The lister thread uses the listing's slot from here on. Slot 0 is still idle.
  if (monitor_) opening.emplace(*monitor_, 0, StallMonitor::listing());
  begun = options_.resume.journal->begin(lost, options_.stop);
  if (!begun) fail_run(begun.error());
  return begun;
}

void RunContext::note_constant_losses() {
  for (std::size_t node = 0; node < stages_.size(); ++node) {
    for (const GraphNode::Source& input : graph_.nodes()[node].inputs) {
      const GraphNode& source = graph_.nodes()[input.node];
      if (source.type->role != Role::constant) continue;
      for (const Loss& loss : source.node->constant().losses) {
        constant_losses_.emplace_back(node, Loss{loss.kind, loss.message, source.name});
      }
    }
  }
}

std::optional<Packet> RunContext::next_item(int slot) {
  StageCounters& counters = stages_.front().counters.at(slot);
  while (auto admitted = admission_.next(counters, slot)) {
    const std::shared_ptr<Item>& item = admitted->item;
    if (!item) {
      if (recorder_) recorder_->add_ignored(*admitted, slot);
      continue;
    }
    count_choices(*item, slot);
    if (recorder_) recorder_->name(*item);
    record(admitted->probe, *item, 0, 0, slot);
    record(admitted->admission, *item, 0, 0, slot);
    if (admitted->error) fail(0, item, std::move(*admitted->error));
    if (!item->has_failed() && item->plan(0).packets == 0) {
      end_packet(item, Outcome::skipped);
      continue;
    }
    ++counters.count;
    Packet packet{.item = item};
    if (!item->has_failed()) load(*admitted, packet, slot);
    if (item->has_failed()) {
      ++counters.failed;
      end_packet(item, Outcome::failed);
      continue;
    }
    for (const auto& [node, loss] : constant_losses_) {
      if (item->plan(node).packets > 0) item->add_loss(loss);
    }
    for (std::size_t node = 0; node < stages_.size(); ++node) {
      if (ProgressCounters::Stage* watch = stages_[node].watch) {
        ProgressCounters::count(watch->due, item->plan(node).packets);
      }
    }
    return packet;
  }
  return {};
}

void RunContext::load(const Admission::Admitted& admitted, Packet& packet, int slot) {
  StageCounters& counters = stages_.front().counters.at(slot);
  if (options_.watch != nullptr) ProgressCounters::count(options_.watch->source.begun);
  std::optional<StallMonitor::Busy> busy;
  if (monitor_) {
    busy.emplace(*monitor_, slot, StallMonitor::Work{.item = admitted.item, .since_ns = now_ns()});
  }
  StageTimer timer(counters);
  auto loaded = guarded([&] { return admitted.candidate->load(); });
  if (options_.watch != nullptr) ProgressCounters::count(options_.watch->source.read);
  if (loaded) {
    packet.payload = std::move(*loaded);
    packet.payload_bytes = graph_.source().payload_bytes(packet.payload);
    counters.bytes_out += packet.payload_bytes;
    if (resume_plan_) {
      admitted.item->set_content(graph_.source().content(packet.payload).value_or(Fingerprint()));
    }
  } else {
    fail(0, admitted.item, std::move(loaded.error()));
  }
  const std::int64_t probe_ns = admitted.probe.end_ns - admitted.probe.start_ns;
  const std::int64_t load_ns = timer.stop();
  admitted.item->add_work(load_ns);
  counters.add_service(load_ns + probe_ns);
  packet.ready_ns = timer.end_ns();
  Visit visit = timer.visit(Visit::Kind::work);
  visit.ready_ns = admitted.admission.end_ns;
  visit.mark = loaded ? Outcome::ok : Outcome::failed;
  visit.bytes_out = packet.payload_bytes;
  record(visit, *admitted.item, 0, 0, slot);
}

// Counts the executions of choices. No packet visits a choice: it is made when the item is planned.
void RunContext::count_choices(const Item& item, int slot) {
  for (std::size_t node = 0; node < stages_.size(); ++node) {
    if (graph_.nodes()[node].type->role != Role::choice) continue;
    const NodePlan& plan = item.plan(node);
    StageCounters& counters = stages_[node].counters.at(slot);
    if (plan.choice || plan.skips) ++counters.count;
    if (plan.skips) ++counters.skipped;
  }
}

}  // namespace imagemill
