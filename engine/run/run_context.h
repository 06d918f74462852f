// What both executors share: the state of one run. Internal to the engine.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/exception_guard.h"
#include "engine/base/mutex.h"
#include "engine/graph/schedule.h"
#include "engine/metrics/progress_counters.h"
#include "engine/metrics/stage_counters.h"
#include "engine/resume/resume_plan.h"
#include "engine/run/admission.h"
#include "engine/run/execution_recorder.h"
#include "engine/run/executor.h"
#include "engine/run/outcome_counter.h"
#include "engine/run/stall_monitor.h"

namespace imagemill {

// What an executor calls here may throw, where memory runs out or the engine is wrong. It calls
// each thread's part of the run through guard(), which ends the run for that; items whose packets
// are lost with the exception end as they go.
//
// Thread-safe, apart from open() and finish().
class RunState final : private Item::Owner {
 public:
  // `executor`: its name.
  RunState(const Graph& graph, const RunOptions& options, RunObserver& observer,
           std::string executor, Schedule schedule, const Parallel& parallel);
  ~RunState() override;
  RunState(const RunState&) = delete;
  RunState& operator=(const RunState&) = delete;

  // Opens the nodes and begins the listing.
  Result<void> open();

  // The next item of the source that has something to do: probed, admitted (here it waits for
  // memory, and only here) and read. Items that fail on the way, or that no way leads anywhere, end
  // here. Nothing when the source is exhausted or the run is stopping. Items are admitted, and
  // output paths claimed, in the source's order, whatever threads call this.
  std::optional<Packet> next_item(int slot);

  // Runs one node on one packet: the only place where a node's work is called, timed, and kept from
  // throwing. A packet with another mark than ok passes through. At a sink the packet ends here.
  Packet run_node(std::size_t node, Packet in, int slot);

  bool is_sink(std::size_t node) const { return graph_.nodes()[node].type->role == Role::sink; }

  // Sends what a node has put out on its way: each part for itself, through choices, into joins.
  // Calls `run(node, packet)` for each packet that a node can now work on, the last of them last.
  template <class Run>
  void deliver(std::size_t node, Packet out, const Run& run) {
    if (graph_.nodes()[node].type->arity == Arity::one) return send(node, 0, std::move(out), run);
    for (Packet& part : parts(node, std::move(out))) send(node, 0, std::move(part), run);
  }

  // A packet has come to a node, for whoever watches. deliver() counts those that it sends.
  void count_arrival(std::size_t node) {
    if (stages_[node].watch != nullptr) RunWatch::count(stages_[node].watch->arrived);
  }

  // No item is admitted any more. The first reason counts.
  void stop(Ending ending, std::string cause) noexcept;

  // Calls `body`. What it throws stops the run, resumable.
  template <class Body>
  void guard(const Body& body) noexcept {
    if (const Result<void> done = guarded(body); !done) fail_run(done.error());
  }
  // Stops the run, resumable, for what a thread of it met outside of a node.
  void fail_run(const Error& error) noexcept;

  // Call once, after every packet is gone. Checks that nothing was lost: throws std::logic_error on
  // an engine that lost count.
  RunResult finish();

 private:
  // Made for the first packet of the slot, and again where that has failed or it was dropped.
  struct SlotScratch {
    bool is_made = false;
    std::unique_ptr<Node::Scratch> value;  // null where the node has none
  };
  struct Stage {
    PerSlot<StageCounters> counters;
    PerSlot<SlotScratch> scratch;
    // The first node that has its scratch in common with this one; itself where none is before it.
    std::size_t scratch_of = 0;
    RunWatch::Stage* watch = nullptr;  // null unless somebody watches
  };

  void note_constant_losses();
  void load(const Intake::Admitted& admitted, Packet& packet, int slot);
  void record(const Visit& visit, const Item& item, std::size_t node, std::size_t part, int slot) {
    if (recorder_) recorder_->add(visit, item, node, part, slot);
  }
  void count_choices(const Item& item, int slot);
  Result<Payload> call(std::size_t node, Packet& in, int slot, Visit& visit);
  Result<Payload> process(std::size_t node, Packet& in, Node::Scratch* scratch,
                          const Parallel& parallel, const Patience& patience);
  Result<void> make_scratch(std::size_t node, SlotScratch& scratch, const Packet& in, int slot,
                            Visit& visit);
  void drop_scratch(std::size_t node, SlotScratch& scratch, int slot);
  void fail(std::size_t node, const std::shared_ptr<Item>& item, Error error);
  void end_packet(const std::shared_ptr<Item>& item, Outcome outcome);
  void ended(const Item& item) noexcept;
  void lost(Item& item) noexcept override;
  // Stops the run where an item that has failed is one too many.
  void check_failures(const ItemCounts& counts);
  void finish_journal(RunReport& report);
  void give_up(const std::vector<RunMonitor::Work>& stuck, bool stopping);
  // Whether all threads that could do what these do are stuck.
  std::optional<std::string> blocked(const std::vector<RunMonitor::Work>& stuck) const;
  // Whether the next item has waited a while for memory although all others have ended.
  bool is_starved();
  Ending ending();
  std::string cause();
  // What is known at any time. Throws std::bad_alloc with the stages left out.
  void report(RunResult& result);
  void report_ending(RunResult& result) noexcept;
  std::vector<Packet> parts(std::size_t node, Packet out) const;
  // What a joining node can work on once `packet` has come to its `port`.
  std::optional<Packet> join(std::size_t node, std::size_t port, Packet packet) const;

  template <class Run>
  void send(std::size_t node, std::size_t output, Packet packet, const Run& run) {
    const Item& item = *packet.item;
    const auto on_way = [&](const GraphNode::Target& target) {
      return item.plan(target.node).packets > 0;
    };
    const std::vector<GraphNode::Target>& targets = graph_.nodes()[node].outputs[output];
    std::size_t last = targets.size() - 1;
    while (!on_way(targets[last])) --last;  // the plan leads to one at least
    for (std::size_t i = 0; i < last; ++i) {
      if (!on_way(targets[i])) continue;
      packet.item->add_packets(1);
      arrive(targets[i], Packet(packet), run);
    }
    arrive(targets[last], std::move(packet), run);
  }

  template <class Run>
  void arrive(const GraphNode::Target& target, Packet packet, const Run& run) {
    const GraphNode& node = graph_.nodes()[target.node];
    if (node.type->role == Role::choice) {
      const std::size_t output = *packet.item->plan(target.node).choice;
      send(target.node, output, std::move(packet), run);
    } else if (!node.joins()) {
      count_arrival(target.node);
      run(target.node, std::move(packet));
    } else if (auto joined = join(target.node, target.port, std::move(packet))) {
      count_arrival(target.node);
      run(target.node, std::move(*joined));
    }
  }
  int concurrency_of(const GraphNode& node) const {
    return node.concurrency > 0 ? node.concurrency : schedule_.workers;
  }

  const Graph& graph_;
  const RunOptions& options_;
  const std::string executor_;
  const Schedule schedule_;
  const Parallel& parallel_;
  std::vector<std::shared_ptr<void>> kept_for_run_;  // by payload types
  // What constants lack, by the nodes that they come to.
  std::vector<std::pair<std::size_t, Loss>> constant_losses_;
  Tally tally_;
  Intake intake_;
  std::vector<Stage> stages_;
  // Of a slot: the nodes whose scratch it has, where that is their own, in the order of making.
  PerSlot<std::deque<std::size_t>> made_scratch_;
  std::optional<VisitRecorder> recorder_;
  std::optional<Ledger> ledger_;
  std::optional<RunMonitor> monitor_;  // where anything can be given up
  // The monitor's: whether it has given the run up; since when the next item has waited for memory,
  // the only one left, and how many had been admitted then.
  bool abandoned_ = false;
  std::int64_t starved_since_ns_ = 0;
  std::uint64_t starved_after_ = 0;
  std::int64_t started_ns_ = 0;
  std::int64_t cpu_before_ns_ = 0;

  std::stop_source stop_;
  const std::stop_token stops_ = stop_.get_token();
  std::optional<std::stop_callback<std::function<void()>>> on_outer_stop_;

  Mutex ending_mutex_;
  Ending ending_ IMAGEMILL_GUARDED_BY(ending_mutex_) = Ending::complete;
  std::string cause_ IMAGEMILL_GUARDED_BY(ending_mutex_);
};

}  // namespace imagemill
