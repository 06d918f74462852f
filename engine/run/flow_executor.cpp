// The oneTBB flow graph.
//
// A linear run of CPU nodes without limits is one task. Each such run, and each other CPU node, is
// a function_node with a queueing policy, which never refuses a message. It returns its result to
// hand it to the successor, so that the same worker goes on with the same item (depth first). Where
// the way forks, joins or is chosen, a second, unlimited node follows that routes each packet. I/O
// nodes run on threads of their own: a packet leaves the graph to reach them, and enters it again
// afterwards. In between, reserve_wait keeps the graph from ending.

#include <algorithm>
#include <atomic>
#include <exception>
#include <new>
#include <optional>
#include <stdexcept>
#include <utility>

#include <oneapi/tbb/flow_graph.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/version.h>

#include "engine/base/exception_guard.h"
#include "engine/base/text.h"
#include "engine/base/thread.h"
#include "engine/run/io_stage.h"
#include "engine/run/run_context.h"
#include "engine/run/worker_threads.h"

namespace imagemill {
namespace {

namespace flow = oneapi::tbb::flow;

// A handle, since oneTBB copies messages. Each message has one reader at a time, which moves the
// packet out and puts its result in. After an exception the packet stays empty (item null), and the
// run is ending.
using Message = std::shared_ptr<Packet>;
using Work = flow::function_node<Message, Message>;
using Relay = flow::function_node<Message>;

Message message(Packet packet) { return std::make_shared<Packet>(std::move(packet)); }

// Keeps a graph from ending during the lifetime of this object.
class Hold {
 public:
  explicit Hold(flow::graph& graph) : graph_(&graph) { graph.reserve_wait(); }
  // Takes over a hold that another object has released.
  static Hold again(flow::graph& graph) { return Hold(&graph); }
  Hold(Hold&& other) noexcept : graph_(std::exchange(other.graph_, nullptr)) {}
  Hold& operator=(Hold&&) = delete;
  ~Hold() {
    if (graph_ != nullptr) graph_->release_wait();
  }
  // Leaves the hold in place, for again() to take over.
  void release() { graph_ = nullptr; }

 private:
  explicit Hold(flow::graph* graph) : graph_(graph) {}
  flow::graph* graph_;
};

// A graph under construction and in flight; built inside the arena that runs it.
class FlowRun {
 public:
  FlowRun(const Graph& graph, RunContext& state, const Schedule& schedule)
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

  // Runs until the last item has ended. The source's threads end when the source is exhausted.
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
      // Without memory for an exception, oneTBB cancels the graph and throws none.
      if (tbb_.is_cancelled()) throw std::bad_alloc();
    });
  }

 private:
  struct Stage {
    bool fused = false;  // runs in the task of the node before it
    std::unique_ptr<Work> work;
    std::unique_ptr<Relay> relay;  // follows `work`, unless a plain edge is enough
    std::unique_ptr<IoStage> io;
  };

  // The node that a plain oneTBB edge can lead to; nullopt if packets need routing.
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
    // Workers prefer tasks that threads outside the arena have put to tasks that they could steal
    // from each other. A limit of one message a worker keeps a node that such threads feed from
    // holding back the work behind that node.
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
      // Destroyed last: this thread must hold nothing of the item when the graph ends.
      const Hold hold = Hold::again(tbb_);
      Packet out = state_.run_node(node, std::move(in), slot);
      if (!state_.is_sink(node)) put(node, std::move(out));
    };
    stages_[node].io = std::make_unique<IoStage>(
        slots.first, work, [this](const Error& error) { state_.fail_run(error); });
  }

  // Hands a packet to an I/O node's threads. It needs no task: that would wait until a worker has
  // no work of its own.
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
  RunContext& state_;
  const Schedule& schedule_;
  flow::graph tbb_;
  std::vector<Stage> stages_;  // declared after tbb_: nodes must be destroyed before their graph
};

// Splits an execution over the arena's workers, isolated: a worker that waits for the last piece
// must not take up other work. Another item would delay it, and the memory that this item holds.
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
      // Without memory for an exception, oneTBB cancels the group and throws none; pieces are
      // missing.
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
    std::optional<RunContext> state;
    auto opened = guarded([&] {
      schedule = fused_schedule_of(graph, workers);
      state.emplace(graph, options, observer, "flow", schedule, parallel);
      return state->open();
    });
    if (!opened) return tl::make_unexpected(std::move(opened.error()));
    const auto ran = guarded([&]() -> Result<void> {
      // Only for more workers than there are CPUs, since this is a limit of the whole process: a
      // lower one would hold up other runs, and a program's own use of oneTBB.
      std::optional<oneapi::tbb::global_control> raised;
      if (workers > oneapi::tbb::info::default_concurrency()) {
        raised.emplace(oneapi::tbb::global_control::max_allowed_parallelism,
                       static_cast<std::size_t>(workers));
      }
      oneapi::tbb::task_arena arena(workers, 1);
      arena.initialize();
      if (auto started = start_worker_threads(workers); !started) return started;
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
