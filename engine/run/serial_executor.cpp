#include "engine/run/run_context.h"

namespace imagemill {
namespace {

class SerialExecutor final : public Executor {
 public:
  Result<RunResult> run(const Graph& graph, const RunOptions& options,
                        RunObserver& observer) override {
    std::optional<RunContext> state;
    auto opened = guarded([&] {
      state.emplace(graph, options, observer, "serial", serial_schedule_of(graph),
                    Parallel::none());
      return state->open();
    });
    if (!opened) return tl::make_unexpected(std::move(opened.error()));
    state->guard([&] {
      while (auto item = state->next_item(0)) forward(*state, 0, std::move(*item));
    });
    return state->finish();
  }

 private:
  // Depth first, so that a node's output is consumed before the next branch starts.
  static void forward(RunContext& state, std::size_t node, Packet out) {
    state.deliver(node, std::move(out), [&](std::size_t next, Packet in) {
      const bool ends = state.is_sink(next);
      Packet made = state.run_node(next, std::move(in), 0);
      if (!ends) forward(state, next, std::move(made));
    });
  }
};

}  // namespace

std::unique_ptr<Executor> make_serial_executor() { return std::make_unique<SerialExecutor>(); }

}  // namespace imagemill
