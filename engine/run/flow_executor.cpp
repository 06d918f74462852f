// The oneTBB flow graph.
//
// A linear run of CPU nodes without limits is one task. Each such run, and each other CPU node, is
// a function_node with a queueing policy: it never refuses a message, and it hands its result to
// the successor by returning it, so that the same worker goes on with the same item (depth first).
// Where the way forks, joins or is chosen, a second, unlimited node follows that sends each packet
// where it belongs. I/O nodes run on threads of their own; what goes to them leaves the graph, and
// what comes from them enters it again, while reserve_wait keeps the graph from ending in between.

#include <algorithm>
#include <atomic>
#include <exception>
#include <new>
#include <optional>
#include <stdexcept>
#include <utility>

#include <oneapi/tbb/flow_graph.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/version.h>

#include "engine/base/exception_guard.h"
#include "engine/base/text.h"
#include "engine/base/thread.h"
#include "engine/run/io_stage.h"
#include "engine/run/run_context.h"

namespace imagemill {
namespace {

namespace flow = oneapi::tbb::flow;

// oneTBB copies messages, so they are handles. Each has one reader at a time, which moves the
// packet out, and puts in what it has made of it: none where an exception took it, and then the
// run is ending.
using Message = std::shared_ptr<Packet>;
using Work = flow::function_node<Message, Message>;
using Relay = flow::function_node<Message>;

Message message(Packet packet) { return std::make_shared<Packet>(std::move(packet)); }

// Keeps a graph from ending as long as it lives.
class Hold {
 public:
  explicit Hold(flow::graph& graph) : graph_(&graph) { graph.reserve_wait(); }
  // One that was released.
  static Hold again(flow::graph& graph) { return Hold(&graph); }
  Hold(Hold&& other) noexcept : graph_(std::exchange(other.graph_, nullptr)) {}
  Hold& operator=(Hold&&) = delete;
  ~Hold() {
    if (graph_ != nullptr) graph_->release_wait();
  }
  // It goes on, for whoever takes it up again.
  void release() { graph_ = nullptr; }

 private:
  explicit Hold(flow::graph* graph) : graph_(graph) {}
  flow::graph* graph_;
};

// A graph under construction and in flight; built inside the arena that runs it.
class FlowRun {
 public:
  FlowRun(const Graph& graph, RunState& state, const Schedule& schedule)
      : graph_(graph), state_(state), schedule_(schedule) {
    const auto& nodes = graph.nodes();
    stages_.resize(nodes.size());
    for (const auto& next : schedule.fused) {
      if (next) stages_[*next].fused = true;
    }
    // Successors first, so that a node knows where its output goes.
    for (std::size_t i = nodes.size(); i-- > 1;) {
      if (!nodes[i].works() || stages_[i].fused) continue;
      if (nodes[i].on_io_threads()) {
        make_io_stage(i, schedule.slots[i]);
      } else {
        make_work(i);
      }
    }
  }

  // Starts the threads of I/O nodes.
  Result<void> start() {
    for (std::size_t i = 0; i < stages_.size(); ++i) {
      if (!stages_[i].io) continue;
      const GraphNode& node = graph_.nodes()[i];
      if (auto started = stages_[i].io->start(node.concurrency); !started) {
        return failure(started.error().code, "cannot start its threads: " + quote(node.name) +
                                                 " has " + std::to_string(node.concurrency));
      }
    }
    return {};
  }

  // The source's threads end when it is exhausted, the graph when the last item has ended.
  void run() {
    std::vector<std::jthread> readers;
    const auto failed = [this](const Error& error) { state_.fail_run(error); };
    state_.guard([&] {
      const SlotRange slots = schedule_.slots.front();
      readers.reserve(static_cast<std::size_t>(slots.count));
      for (int slot = slots.first; slot < slots.end(); ++slot) {
        auto read = [this, slot, hold = Hold(tbb_)] {
          while (auto item = state_.next_item(slot)) put(0, std::move(*item));
        };
        auto reader = start_thread(std::move(read), failed);
        if (!reader) return failed(reader.error());
        readers.push_back(std::move(*reader));
      }
    });
    state_.guard([&] {
      tbb_.wait_for_all();
      // oneTBB has no exception to throw where there was no memory for it.
      if (tbb_.is_cancelled()) throw std::bad_alloc();
    });
  }

 private:
  struct Stage {
    bool fused = false;  // runs in the task of the node before it
    std::unique_ptr<Work> work;
    std::unique_ptr<Relay> relay;  // after `work`, where no edge will do
    std::unique_ptr<IoStage> io;
  };

  // The node to which an edge of oneTBB will do.
  std::optional<std::size_t> linked_after(std::size_t node) const {
    const auto next = sole_follower(graph_, node);
    return next && !graph_.nodes()[*next].on_io_threads() ? next : std::nullopt;
  }

  void make_work(std::size_t node) {
    const GraphNode& config = graph_.nodes()[node];
    Stage& stage = stages_[node];
    std::vector<std::size_t> run = {node};
    while (const auto next = schedule_.fused[run.back()]) run.push_back(*next);
    const std::size_t last = run.back();
    const bool ends = graph_.nodes()[last].type->role == Role::sink;
    const auto follower = ends ? std::nullopt : linked_after(last);
    stage.work = std::make_unique<Work>(tbb_, limit_of(config), [=, this](const Message& in) {
      if (!in->item) return in;
      const int slot = oneapi::tbb::this_task_arena::current_thread_index();
      state_.guard([&] {
        Packet packet = std::move(*in);
        for (const std::size_t next : run) {
          if (next != run.front()) state_.count_arrival(next);
          packet = state_.run_node(next, std::move(packet), slot);
        }
        if (follower) state_.count_arrival(*follower);
        if (!ends) *in = std::move(packet);
      });
      return in;
    });
    if (ends) return;
    if (follower) {
      flow::make_edge(*stage.work, *stages_[*follower].work);
      return;
    }
    stage.relay = std::make_unique<Relay>(tbb_, flow::unlimited, [this, last](const Message& out) {
      state_.guard([&] {
        if (out->item) put(last, std::move(*out));
      });
      return flow::continue_msg();
    });
    flow::make_edge(*stage.work, *stage.relay);
  }

  std::size_t limit_of(const GraphNode& config) const {
    if (config.concurrency > 0) return static_cast<std::size_t>(config.concurrency);
    // Workers prefer what threads outside the arena have put over what they could steal from each
    // other. Limited to one message a worker, a node that such threads feed cannot hold back the
    // work behind it.
    for (const GraphNode::Source& input : config.inputs) {
      const GraphNode* source = &graph_.nodes()[input.node];
      while (source->type->role == Role::choice) {
        source = &graph_.nodes()[source->inputs.front().node];
      }
      if (source->on_io_threads()) return static_cast<std::size_t>(schedule_.workers);
    }
    return flow::unlimited;
  }

  void make_io_stage(std::size_t node, SlotRange slots) {
    const auto work = [this, node](Packet in, int slot) {
      // Everything of the item that this thread held is gone before the graph may end.
      const Hold hold = Hold::again(tbb_);
      Packet out = state_.run_node(node, std::move(in), slot);
      if (!state_.is_sink(node)) put(node, std::move(out));
    };
    stages_[node].io = std::make_unique<IoStage>(
        slots.first, work, [this](const Error& error) { state_.fail_run(error); });
  }

  // To an I/O node's threads. Not by a task: workers take up what comes from outside only when they
  // have nothing of their own, and this needs none of them.
  void leave(std::size_t node, Packet in) {
    Hold hold(tbb_);
    stages_[node].io->push(std::move(in));
    hold.release();
  }

  void put(std::size_t node, Packet out) {
    state_.deliver(node, std::move(out), [&](std::size_t next, Packet in) {
      if (stages_[next].io) return leave(next, std::move(in));
      if (!stages_[next].work->try_put(message(std::move(in)))) {
        throw std::logic_error("a queueing node refused a message");
      }
    });
  }

  const Graph& graph_;
  RunState& state_;
  const Schedule& schedule_;
  flow::graph tbb_;
  std::vector<Stage> stages_;  // before the graph goes, its nodes must
};

// Isolated, so that a worker that waits for its last piece takes up nothing else meanwhile: another
// item would hold it up, and memory with it.
class SplitOverWorkers final : public Parallel {
 public:
  void run(int count, const std::function<void(int)>& piece) const override {
    std::exception_ptr thrown;
    oneapi::tbb::this_task_arena::isolate([&] {
      oneapi::tbb::task_group_context alone(oneapi::tbb::task_group_context::isolated);
      std::atomic_flag has_thrown;
      const auto keep_exception = [&](int i) {
        try {
          piece(i);
        } catch (...) {
          if (!has_thrown.test_and_set()) thrown = std::current_exception();
          alone.cancel_group_execution();
        }
      };
      oneapi::tbb::parallel_for(0, count, keep_exception, oneapi::tbb::simple_partitioner(), alone);
      // oneTBB has no exception to throw where there was no memory for it: pieces are missing.
      if (!thrown && alone.is_group_execution_cancelled()) throw std::bad_alloc();
    });
    if (thrown) std::rethrow_exception(thrown);
  }
  std::optional<int> slot() const override {
    return oneapi::tbb::this_task_arena::current_thread_index();
  }
};

class FlowExecutor final : public Executor {
 public:
  Result<RunResult> run(const Graph& graph, const RunOptions& options,
                        RunObserver& observer) override {
    const int workers = options.workers > 0 ? options.workers : available_cpus();
    Schedule schedule;
    const SplitOverWorkers parallel;
    std::optional<RunState> state;
    auto opened = guarded([&] {
      schedule = fused_schedule_of(graph, workers);
      state.emplace(graph, options, observer, "flow", schedule, parallel);
      return state->open();
    });
    if (!opened) return tl::make_unexpected(std::move(opened.error()));
    const auto ran = guarded([&]() -> Result<void> {
      // More workers than CPUs are allowed where they are asked for.
      const oneapi::tbb::global_control limit(oneapi::tbb::global_control::max_allowed_parallelism,
                                              static_cast<std::size_t>(workers));
      oneapi::tbb::task_arena arena(workers, 1);
      return arena.execute([&]() -> Result<void> {
        FlowRun flow(graph, *state, schedule);
        auto started = flow.start();
        if (started) flow.run();
        return started;
      });
    });
    if (!ran) {
      state->fail_run(ran.error());
      return tl::make_unexpected(ran.error());
    }
    return state->finish();
  }
};

}  // namespace

std::string scheduler_version() { return TBB_runtime_version(); }

std::unique_ptr<Executor> make_flow_executor() { return std::make_unique<FlowExecutor>(); }

}  // namespace imagemill
