#include "tests/support/pool_executor.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "engine/run/run_context.h"

namespace imagemill::testing {
namespace {

class PoolRun {
 public:
  PoolRun(const Graph& graph, RunContext& state, int workers, const std::vector<SlotRange>& slots,
          unsigned seed)
      : graph_(graph), state_(state), running_(graph.nodes().size()), random_(seed) {
    const int sources = graph.nodes().front().concurrency;
    sources_ = sources;
    for (int slot = 0; slot < workers; ++slot) start(slot, kAnyOnWorkers);
    for (int slot = slots[0].first; slot < slots[0].end(); ++slot) {
      threads_.emplace_back([this, slot] { read(slot); });
    }
    for (std::size_t node = 1; node < graph.nodes().size(); ++node) {
      if (!graph.nodes()[node].works() || !graph.nodes()[node].on_io_threads()) continue;
      for (int slot = slots[node].first; slot < slots[node].end(); ++slot) start(slot, node);
    }
  }
  void wait() { threads_.clear(); }

 private:
  static constexpr std::size_t kAnyOnWorkers = 0;
  struct Task {
    std::size_t node;
    Packet in;
  };

  void start(int slot, std::size_t only) {
    threads_.emplace_back([this, slot, only] { work(slot, only); });
  }

  void read(int slot) {
    state_.guard([&] {
      while (auto item = state_.next_item(slot)) deliver(0, std::move(*item));
    });
    const std::lock_guard lock(mutex_);
    --sources_;
    changed_.notify_all();
  }

  void work(int slot, std::size_t only) {
    std::unique_lock lock(mutex_);
    while (true) {
      std::vector<std::size_t> possible;
      changed_.wait(lock, [&] {
        possible.clear();
        for (std::size_t i = 0; i < ready_.size(); ++i) {
          if (can_run(ready_[i].node, only)) possible.push_back(i);
        }
        return !possible.empty() || (sources_ == 0 && ready_.empty() && busy_ == 0);
      });
      if (possible.empty()) return;
      std::swap(ready_[possible[random_() % possible.size()]], ready_.back());
      Task task = std::move(ready_.back());
      ready_.pop_back();
      ++running_[task.node];
      ++busy_;
      lock.unlock();
      run(task.node, std::move(task.in), slot);
      lock.lock();
      --running_[task.node];
      --busy_;
      changed_.notify_all();
    }
  }

  bool can_run(std::size_t node, std::size_t only) const {
    const GraphNode& config = graph_.nodes()[node];
    if (only == kAnyOnWorkers ? config.on_io_threads() : node != only) return false;
    return config.concurrency == 0 || running_[node] < config.concurrency;
  }

  void run(std::size_t node, Packet in, int slot) {
    state_.guard([&] {
      Packet out = state_.run_node(node, std::move(in), slot);
      if (!state_.is_sink(node)) deliver(node, std::move(out));
    });
  }

  void deliver(std::size_t node, Packet out) {
    state_.deliver(node, std::move(out), [this](std::size_t next, Packet in) {
      const std::lock_guard lock(mutex_);
      ready_.push_back({next, std::move(in)});
      changed_.notify_all();
    });
  }

  const Graph& graph_;
  RunContext& state_;
  std::mutex mutex_;  // guards what follows, but for the threads
  std::condition_variable changed_;
  std::vector<Task> ready_;
  std::vector<int> running_;  // by node
  int busy_ = 0;
  int sources_ = 0;  // threads that still list
  std::minstd_rand random_;
  std::vector<std::jthread> threads_;
};

class PoolExecutor final : public Executor {
 public:
  explicit PoolExecutor(unsigned seed) : seed_(seed) {}

  Result<RunResult> run(const Graph& graph, const RunOptions& options,
                        RunObserver& observer) override {
    const int workers = options.workers > 0 ? options.workers : available_cpus();
    const Schedule schedule = schedule_of(graph, workers);
    RunContext state(graph, options, observer, "pool", schedule, Parallel::none());
    if (auto opened = state.open(); !opened) return tl::make_unexpected(std::move(opened.error()));
    PoolRun(graph, state, workers, schedule.slots, seed_).wait();
    return state.finish();
  }

 private:
  const unsigned seed_;
};

}  // namespace

std::unique_ptr<Executor> make_pool_executor(unsigned seed) {
  return std::make_unique<PoolExecutor>(seed);
}

}  // namespace imagemill::testing
