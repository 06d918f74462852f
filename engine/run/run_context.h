// The state of one run, which both executors share. Internal to the engine.
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

// The wrapper around every node, the way of every packet, and the end of every item.
//
// Methods may throw if memory runs out or the engine has a bug. An executor therefore calls each
// thread's part of the run through guard(), which stops the run on an exception. An item whose
// packets are lost with the exception ends with the last of them.
//
// Thread-safe, apart from open() and finish().
class RunContext final : private Item::Owner {
 public:
  // `executor`: its name, for the report. The arguments taken by reference outlive the run.
  RunContext(const Graph& graph, const RunOptions& options, RunObserver& observer,
             std::string executor, Schedule schedule, const Parallel& parallel);
  ~RunContext() override;
  RunContext(const RunContext&) = delete;
  RunContext& operator=(const RunContext&) = delete;

  // Opens the nodes and begins the listing.
  Result<void> open();

  // The next item of the source that needs work: probed, admitted and loaded. It waits for its turn
  // and its memory here, and only here. Items that fail on the way, or whose plan reaches no node,
  // end here. Returns nullopt when the source is exhausted or the run is stopping. Items are
  // admitted, and output paths claimed, in the source's order, whatever threads call this.
  std::optional<Packet> next_item(int slot);

  // Runs one node on one packet. Only this method calls a node's work, times it, and turns its
  // exceptions into errors. A packet with a mark other than ok passes through. At a sink the packet
  // ends here.
  Packet run_node(std::size_t node, Packet in, int slot);

  bool is_sink(std::size_t node) const { return graph_.nodes()[node].type->role == Role::sink; }

  // Sends a node's output on: each part by itself, through choices, into joins. Calls `run(node,
  // packet)` for each packet that a node can now work on, in the order of the targets.
  template <class Run>
  void deliver(std::size_t node, Packet out, const Run& run) {
    if (graph_.nodes()[node].type->arity == Arity::one) return send(node, 0, std::move(out), run);
    for (Packet& part : parts(node, std::move(out))) send(node, 0, std::move(part), run);
  }

  // Counts a packet that has come to a node, if the run is watched. deliver() does so for the
  // packets that it sends.
  void count_arrival(std::size_t node) {
    if (stages_[node].watch != nullptr) ProgressCounters::count(stages_[node].watch->arrived);
  }

  // Stops the run: no further item is admitted, and those in flight are cancelled. Of several
  // calls, the first sets the ending and its cause.
  void stop(Ending ending, std::string cause) noexcept;

  // Calls `body`. An exception from it stops the run, which can be resumed.
  template <class Body>
  void guard(const Body& body) noexcept {
    if (const Result<void> done = guarded(body); !done) fail_run(done.error());
  }
  // Stops the run, which can be resumed, because of an error outside of any node.
  void fail_run(const Error& error) noexcept;

  // Ends the run. Call once, after every packet is gone. Throws std::logic_error if an admitted
  // item has not ended or memory is still leased: that is a bug of the engine.
  RunResult finish();

 private:
  // A node's scratch in one slot. It is made for the slot's first packet, and made again if that
  // failed or the scratch was dropped.
  struct SlotScratch {
    bool is_made = false;
    std::unique_ptr<Node::Scratch> value;  // null where the node has none
  };
  struct Stage {
    PerSlot<StageCounters> counters;
    PerSlot<SlotScratch> scratch;
    // The first node that shares its scratch with this one; this node itself if no earlier one
    // does.
    std::size_t scratch_of = 0;
    ProgressCounters::Stage* watch = nullptr;  // null unless the run is watched (RunOptions::watch)
  };

  void note_constant_losses();
  void load(const Admission::Admitted& admitted, Packet& packet, int slot);
  void record(const Visit& visit, const Item& item, std::size_t node, std::size_t part, int slot) {
    if (recorder_) recorder_->add(visit, item, node, part, slot);
  }
  void count_choices(const Item& item, int slot);
  Result<Payload> call(std::size_t node, Packet& in, int slot, Visit& visit);
  Result<Payload> process(std::size_t node, Packet& in, Node::Scratch* scratch,
                          const Parallel& parallel, const Cancellation& cancellation);
  Result<void> make_scratch(std::size_t node, SlotScratch& scratch, const Packet& in, int slot,
                            Visit& visit);
  void drop_scratch(std::size_t node, SlotScratch& scratch, int slot);
  void fail(std::size_t node, const std::shared_ptr<Item>& item, Error error);
  void end_packet(const std::shared_ptr<Item>& item, Outcome outcome);
  void ended(const Item& item) noexcept;
  void lost(Item& item) noexcept override;
  // Stops the run if on_error or max_failures allows no further failure.
  void check_failures(const ItemCounts& counts);
  // Closes the nodes if they are open.
  void close_nodes() noexcept;
  void finish_journal(RunReport& report);
  void give_up(const std::vector<StallMonitor::Work>& stuck, bool stopping);
  // Why the run can't go on, if all threads that could do the work of `stuck` are stuck themselves;
  // nullopt if one is left.
  std::optional<std::string> blocked(const std::vector<StallMonitor::Work>& stuck) const;
  // Whether the next item has waited for memory for kGraceNs although all admitted ones have ended.
  bool is_starved();
  Ending ending();
  std::string cause();
  // Fills in what is known at any time. Throws std::bad_alloc, with stages missing, if memory runs
  // out.
  void report(RunResult& result);
  void report_ending(RunResult& result) noexcept;
  std::vector<Packet> parts(std::size_t node, Packet out) const;
  // The joined packet, if `packet` is the last that the join waited for; nullopt if partners are
  // missing.
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
  // Objects that payload types share during the run (JoinRun).
  std::vector<std::shared_ptr<void>> kept_for_run_;
  // Losses of constants, each with the node that takes the constant as an input.
  std::vector<std::pair<std::size_t, Loss>> constant_losses_;
  OutcomeCounter outcomes_;
  Admission admission_;
  std::vector<Stage> stages_;
  // By slot: the nodes with an unshared scratch there, oldest scratch first.
  PerSlot<std::deque<std::size_t>> made_scratch_;
  std::optional<ExecutionRecorder> recorder_;
  std::optional<ResumePlan> resume_plan_;
  std::optional<StallMonitor> monitor_;  // set if the run has an item timeout or can be abandoned

  // The next three members belong to the monitor's thread.
  bool abandoned_ = false;             // options_.abandoned has been called
  std::int64_t starved_since_ns_ = 0;  // start of a wait for memory that no item in flight can end
  std::uint64_t starved_after_ = 0;    // items admitted at that time

  bool is_open_ = false;  // the nodes are to be closed
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
