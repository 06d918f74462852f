// The oneTBB flow graph.
//
// A linear run of CPU nodes without limits is one task. Each such run, and each other CPU node, is
// a function_node with a queueing policy: it never refuses a message, and it hands its result to
// the successor by returning it, so that the same worker goes on with the same item (depth first).
// Where the way forks, joins or is chosen, a second, unlimited node follows that sends each packet
// where it belongs. I/O nodes run on threads of their own; what goes to them leaves the graph, and
// what comes from them enters it again, while reserve_wait keeps the graph from ending in between.

#include <algorithm>
#include <stdexcept>

#include <oneapi/tbb/flow_graph.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/version.h>

#include "engine/guarded.h"
#include "engine/io_stage.h"
#include "engine/run_state.h"
#include "engine/thread.h"

namespace imagemill {
namespace {

namespace flow = oneapi::tbb::flow;

// oneTBB copies messages, so they are handles. Each has one reader at a time, which moves the
// packet out.
using Message = std::shared_ptr<Packet>;
using Work = flow::function_node<Message, Message>;
using Relay = flow::function_node<Message>;

Message message(Packet packet) { return std::make_shared<Packet>(std::move(packet)); }

// A graph under construction and in flight; built inside the arena that runs it.
class FlowRun {
 public:
  FlowRun(const Graph& graph, RunState& state, int workers)
      : graph_(graph), state_(state), workers_(workers) {
    const auto& nodes = graph.nodes();
    stages_.resize(nodes.size());
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      if (const auto next = fused_after(i)) stages_[*next].fused = true;
    }
    int next_slot = workers + nodes.front().concurrency;
    // Successors first, so that a node knows where its output goes.
    for (std::size_t i = nodes.size(); i-- > 1;) {
      if (!nodes[i].works() || stages_[i].fused) continue;
      if (nodes[i].on_io_threads()) {
        make_io_stage(i, next_slot);
        next_slot += nodes[i].concurrency;
      } else {
        make_work(i);
      }
    }
  }

  // The source's threads end when it is exhausted, the graph when the last item has ended.
  void run() {
    std::vector<std::jthread> readers;
    const int threads = graph_.nodes().front().concurrency;
    readers.reserve(static_cast<std::size_t>(threads));
    for (int i = 0; i < threads; ++i) {
      tbb_.reserve_wait();
      auto reader = start_thread([this, slot = workers_ + i] {
        while (auto item = state_.next_item(slot)) put(0, std::move(*item));
        tbb_.release_wait();
      });
      if (reader) {
        readers.push_back(std::move(*reader));
      } else {
        tbb_.release_wait();
        state_.stop(Ending::outside, reader.error().message);
        break;
      }
    }
    tbb_.wait_for_all();
  }

 private:
  struct Stage {
    bool fused = false;  // runs in the task of the node before it
    std::unique_ptr<Work> work;
    std::unique_ptr<Relay> relay;  // after `work`, where no edge will do
    std::unique_ptr<IoStage> io;
  };

  // The only node that can follow, always and with the same packet.
  std::optional<std::size_t> sole_follower(std::size_t node) const {
    const GraphNode& config = graph_.nodes()[node];
    if (config.type->arity == Arity::many || config.outputs.size() != 1) return {};
    if (config.outputs.front().size() != 1) return {};
    const std::size_t next = config.outputs.front().front().node;
    const GraphNode& follower = graph_.nodes()[next];
    return follower.works() && !follower.joins() ? std::optional(next) : std::nullopt;
  }

  std::optional<std::size_t> fused_after(std::size_t node) const {
    const auto unlimited_cpu = [](const GraphNode& config) {
      return config.works() && !config.on_io_threads() && config.concurrency == 0;
    };
    const auto next = sole_follower(node);
    const bool fused =
        next && unlimited_cpu(graph_.nodes()[node]) && unlimited_cpu(graph_.nodes()[*next]);
    return fused ? next : std::nullopt;
  }

  // The node to which an edge of oneTBB will do.
  std::optional<std::size_t> linked_after(std::size_t node) const {
    const auto next = sole_follower(node);
    return next && !graph_.nodes()[*next].on_io_threads() ? next : std::nullopt;
  }

  void make_work(std::size_t node) {
    const GraphNode& config = graph_.nodes()[node];
    Stage& stage = stages_[node];
    std::vector<std::size_t> run = {node};
    while (const auto next = fused_after(run.back())) run.push_back(*next);
    const std::size_t last = run.back();
    const bool ends = graph_.nodes()[last].type->role == Role::sink;
    const auto follower = ends ? std::nullopt : linked_after(last);
    stage.work = std::make_unique<Work>(tbb_, limit_of(config), [=, this](const Message& in) {
      const int slot = oneapi::tbb::this_task_arena::current_thread_index();
      Packet packet = std::move(*in);
      for (const std::size_t next : run) {
        if (next != run.front()) state_.count_arrival(next);
        packet = state_.run_node(next, std::move(packet), slot);
      }
      if (follower) state_.count_arrival(*follower);
      return message(std::move(packet));
    });
    if (ends) return;
    if (follower) {
      flow::make_edge(*stage.work, *stages_[*follower].work);
      return;
    }
    stage.relay = std::make_unique<Relay>(tbb_, flow::unlimited, [this, last](const Message& out) {
      put(last, std::move(*out));
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
      if (source->on_io_threads()) return static_cast<std::size_t>(workers_);
    }
    return flow::unlimited;
  }

  void make_io_stage(std::size_t node, int first_slot) {
    Stage& stage = stages_[node];
    stage.io = std::make_unique<IoStage>(graph_.nodes()[node].concurrency, first_slot,
                                         [this, node](Packet in, int slot) {
                                           Packet out = state_.run_node(node, std::move(in), slot);
                                           if (!state_.is_sink(node)) put(node, std::move(out));
                                           // Everything of the item that this thread held is gone
                                           // before the graph may end.
                                           out = Packet();
                                           tbb_.release_wait();
                                         });
  }

  // To an I/O node's threads. Not by a task: workers take up what comes from outside only when they
  // have nothing of their own, and this needs none of them.
  void leave(std::size_t node, Packet in) {
    tbb_.reserve_wait();
    stages_[node].io->push(std::move(in));
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
  const int workers_;
  flow::graph tbb_;
  std::vector<Stage> stages_;  // before the graph goes, its nodes must
};

// Isolated, so that a worker that waits for its last piece takes up nothing else meanwhile: another
// item would hold it up, and memory with it.
class SplitOverWorkers final : public Parallel {
 public:
  void run(int count, const std::function<void(int)>& piece) const override {
    oneapi::tbb::this_task_arena::isolate([&] {
      oneapi::tbb::task_group_context alone(oneapi::tbb::task_group_context::isolated);
      oneapi::tbb::parallel_for(0, count, piece, oneapi::tbb::simple_partitioner(), alone);
    });
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
    int slots = workers;
    for (const GraphNode& node : graph.nodes()) {
      if (node.on_io_threads()) slots += node.concurrency;
    }
    const SplitOverWorkers parallel;
    RunState state(graph, options, observer, "flow", workers, slots, parallel);
    if (auto opened = state.open(); !opened) return tl::make_unexpected(std::move(opened.error()));
    // More workers than CPUs are allowed where they are asked for.
    const oneapi::tbb::global_control limit(oneapi::tbb::global_control::max_allowed_parallelism,
                                            static_cast<std::size_t>(workers));
    oneapi::tbb::task_arena arena(workers, 1);
    Result<void> built;
    arena.execute([&] {
      std::optional<FlowRun> flow;
      built = guarded([&]() -> Result<void> {
        flow.emplace(graph, state, workers);
        return {};
      });
      if (built) flow->run();
    });
    if (!built) return failure("no_threads", "cannot start its threads: " + built.error().message);
    return state.finish();
  }
};

}  // namespace

std::string scheduler_version() { return TBB_runtime_version(); }

std::unique_ptr<Executor> make_flow_executor() { return std::make_unique<FlowExecutor>(); }

}  // namespace imagemill
